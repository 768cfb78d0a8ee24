import type { Cause, Kind } from "../../schema/model/change.ts";
import type { Address } from "../../schema/model/resource.ts";
import { runtimeNamed } from "../../schema/runtimes/names.ts";

/** `1 change`, `3 changes`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** Decimal units, as package managers show sizes: `812 B`, `3.2 MB`. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** `2026-11-15 08:30`, in UTC as everything that omg records. */
export function minute(time: string): string {
  return time.slice(0, 16).replace("T", " ");
}

/** How long ago, coarsely: `just now`, `5 minutes ago`, `3 days ago`. */
export function ago(time: string, now: Date): string {
  const seconds = Math.floor((now.getTime() - Date.parse(time)) / 1000);
  if (Number.isNaN(seconds)) return "at an unknown time";
  if (seconds < 0) return "in the future by this machine's clock";
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${count(Math.floor(seconds / 60), "minute")} ago`;
  if (seconds < 172_800) return `${count(Math.floor(seconds / 3600), "hour")} ago`;
  return `${count(Math.floor(seconds / 86_400), "day")} ago`;
}

/** Kinds in the order in which summaries name them. */
const KINDS: readonly Kind[] = ["install", "upgrade", "downgrade", "reinstall", "modify", "remove", "purge"];

/** `2 to install, 1 to upgrade`; `nothing to do` for nothing. */
export function toDo(kinds: readonly Kind[]): string {
  const parts = tally(kinds).map(([kind, n]) => `${n} to ${kind}`);
  return parts.length === 0 ? "nothing to do" : parts.join(", ");
}

const DONE: Readonly<Record<Kind, string>> = {
  install: "installed",
  upgrade: "upgraded",
  downgrade: "downgraded",
  reinstall: "reinstalled",
  modify: "modified",
  remove: "removed",
  purge: "purged",
};

/** `2 installed, 1 upgraded`; `nothing changed` for nothing. */
export function done(kinds: readonly Kind[]): string {
  const parts = tally(kinds).map(([kind, n]) => `${n} ${DONE[kind]}`);
  return parts.length === 0 ? "nothing changed" : parts.join(", ");
}

function tally(kinds: readonly Kind[]): [Kind, number][] {
  return KINDS.map((kind): [Kind, number] => [kind, kinds.filter((each) => each === kind).length]).filter(
    ([, n]) => n > 0,
  );
}

/** Why a step is done, in the words of the screens. */
export function why(cause: Cause, because?: Address): string {
  switch (cause) {
    case "lock":
      return "lock";
    case "drift":
      return "drift";
    case "left":
      return "left the lock";
    case "unmanaged":
      return "not in the lock";
    case "rollback":
      return "rollback";
    case "dependency":
      return because === undefined ? "dependency" : `needed by ${afterProvider(because)}`;
    case "conflict":
      return because === undefined ? "conflict" : `conflicts with ${afterProvider(because)}`;
  }
}

/** The name within its provider: `apt.ripgrep` gives `ripgrep`. A version of a runtime has the runtime's: `node.20.19.5` gives `node`. */
export function afterProvider(address: string): string {
  return runtimeNamed(address) ?? address.slice(providerOf(address).length + 1);
}

/** Provider of an address. */
export function providerOf(address: string): string {
  return address.slice(0, address.indexOf("."));
}
