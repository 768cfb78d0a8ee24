import { answersAlpmRequest } from "../../host/alpm-version.ts";
import { OmgError } from "../../schema/error.ts";
import type { Desired, Pin, UnmanagedRule, Wanted } from "../../schema/model/desired.ts";
import type { PackageRequest, PinEntry, PlatformLock } from "../../schema/model/lock.ts";

const NOTHING: UnmanagedRule = { mode: "ignore", foreign: "report", ignore: [] };

/**
 * What the `pacman` section of a lock wants, and its pins. Pure. A pin that no longer answers its request does not count, and is
 * named in the notes. Errors: OmgError `snapshot-invalid`.
 */
export function desiredOf(lock: PlatformLock): Desired {
  const section = lock.packages.pacman;
  const requests = new Map(Object.entries(section?.packages ?? {}));
  const pins = new Map(Object.entries(lock.pins.pacman ?? {}));
  const notes: string[] = [];
  const asked = [...requests].map(([name, request]) => wantedOf(name, request, pins.get(name), notes));
  const dependencies = [...pins].filter(([name, pin]) => !requests.has(name) && (pin.auto || orphan(name, notes)));
  const own = [...asked, ...dependencies.map(([name, pin]) => dependencyOf(name, pin))];
  const built = builtOf(lock, new Set(own.map(({ name }) => name)), notes);
  return {
    provider: "pacman",
    wanted: [...own, ...built],
    unmanaged:
      section === undefined ? NOTHING : { mode: section.mode, foreign: section.foreign, ignore: section.ignore },
    notes,
    ...(section === undefined && pins.size === 0 && lock.packages.aur === undefined ? { silent: true } : {}),
    ...(section?.snapshot === undefined ? {} : { settings: { snapshot: dayOf(section.snapshot) } }),
  };
}

/** Section of the lock, and the source, of what is built here: once it is, it is pacman's like everything else. */
export const BUILT = "aur";
export const SECTIONS: readonly string[] = ["pacman", BUILT];

/** What the `aur` section wants. A name that the `pacman` section speaks of is that one's. */
function builtOf(lock: PlatformLock, taken: ReadonlySet<string>, notes: string[]): readonly Wanted[] {
  const requests = new Map(Object.entries(lock.packages[BUILT]?.packages ?? {}));
  const pins = new Map(Object.entries(lock.pins[BUILT] ?? {}));
  const twice = [...requests.keys()].filter((name) => taken.has(name));
  notes.push(...twice.map((name) => `${name} stands in the sections pacman and aur; what pacman says counts`));
  const asked = [...requests].map(([name, { commit, allow, ...request }]) => {
    const pin = pins.get(name);
    const entry = pin === undefined ? undefined : { ...pin, from: BUILT, ...(allow === undefined ? {} : { allow }) };
    const moved = commit !== undefined && entry?.commit !== commit;
    return wantedOf(name, { ...request, from: BUILT }, moved ? undefined : entry, notes);
  });
  const dependencies = [...pins].filter(([name, pin]) => !requests.has(name) && pin.auto);
  return [
    ...asked,
    ...dependencies.map(([name, pin]) => ({ ...dependencyOf(name, { ...pin, from: BUILT }), from: BUILT })),
  ].filter(({ name }) => !taken.has(name));
}

/** pacman keeps no holds: `hold` says to `omg update` what to leave alone, and nothing to the machine. */
function wantedOf(name: string, request: PackageRequest, entry: PinEntry | undefined, notes: string[]): Wanted {
  const { presence, version, from } = request;
  if (presence !== "present") return { provider: "pacman", name, presence, attributes: {} };
  const pin = entry === undefined ? undefined : pinAnswering(name, request, entry, notes);
  return {
    provider: "pacman",
    name,
    presence,
    request: version,
    attributes: {},
    marks: { auto: false },
    ...(from === undefined ? {} : { from }),
    ...(pin === undefined ? {} : { pin }),
  };
}

function dependencyOf(name: string, entry: PinEntry): Wanted {
  return { provider: "pacman", name, presence: "present", attributes: {}, marks: { auto: true }, pin: pinOf(entry) };
}

function pinAnswering(name: string, request: PackageRequest, entry: PinEntry, notes: string[]): Pin | undefined {
  const answers = answersAlpmRequest(entry.version, request.version);
  const fromThere = request.from === undefined || entry.from === undefined || entry.from === request.from;
  if (answers && fromThere) return pinOf(entry);
  const asked = answers ? `from ${request.from}` : request.version;
  notes.push(
    `the pin of ${name} (${entry.version}) does not answer the request (${asked}) any more; \`omg lock\` pins it anew`,
  );
  return undefined;
}

function pinOf({ auto: _, url: __, ...pin }: PinEntry): Pin {
  return pin;
}

function orphan(name: string, notes: string[]): false {
  notes.push(`the pin of ${name} belongs to no request and is not marked \`auto\`; it has no effect`);
  return false;
}

/** The archive has one state a day, so a time stands for its day. */
function dayOf(written: string): string {
  const [, year, month, day] = /^(\d{4})[-/]?(\d{2})[-/]?(\d{2})/.exec(written) ?? [];
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  // A day that the month does not have becomes one of the next.
  if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${year}-${month}-${day}`))
    return `${year}${month}${day}T000000Z`;
  throw new OmgError({
    code: "snapshot-invalid",
    exit: "invalid",
    message: `pacman.snapshot is ${JSON.stringify(written)}, and there is no such day.`,
    state: "Nothing was changed.",
    hint: "Write a date such as 2026-11-15.",
  });
}
