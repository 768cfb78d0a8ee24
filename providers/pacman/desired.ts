import { answersAlpmRequest } from "../../host/alpm-version.ts";
import { OmgError } from "../../schema/error.ts";
import { unmanagedIn, type WantedRules, wantedIn } from "../../schema/files/wanted.ts";
import type { Desired, Wanted } from "../../schema/model/desired.ts";
import type { PlatformLock } from "../../schema/model/lock.ts";

/** pacman keeps no holds: `hold` says to `omg update` what to leave alone, and nothing to the machine. */
const RULES: WantedRules = { provider: "pacman", satisfies: answersAlpmRequest, attributesOf: () => ({}) };

/**
 * What the `pacman` section of a lock wants, and its pins. Pure. A pin that no longer answers its request does not count, and is
 * named in the notes. Errors: OmgError `snapshot-invalid`.
 */
export function desiredOf(lock: PlatformLock): Desired {
  const section = lock.packages.pacman;
  const requests = new Map(Object.entries(section?.packages ?? {}));
  const pins = new Map(Object.entries(lock.pins.pacman ?? {}));
  const notes: string[] = [];
  const own = wantedIn({ requests, pins }, RULES, notes);
  return {
    provider: "pacman",
    wanted: [...own, ...builtOf(lock, new Set(own.map(({ name }) => name)), notes)],
    unmanaged: unmanagedIn(section),
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
  const asked = lock.packages[BUILT]?.packages ?? {};
  const pinned = Object.entries(lock.pins[BUILT] ?? {});
  const twice = Object.keys(asked).filter((name) => taken.has(name));
  notes.push(...twice.map((name) => `${name} stands in the sections pacman and aur; what pacman says counts`));
  const requests = Object.entries(asked).map(([name, request]) => [name, { ...request, from: BUILT }] as const);
  // A request for another commit is one for another package.
  const counting = pinned.filter(([name, { commit }]) => (asked[name]?.commit ?? commit) === commit);
  const pins = counting.map(([name, pin]) => {
    const allow = asked[name]?.allow;
    return [name, { ...pin, from: BUILT, ...(allow === undefined ? {} : { allow }) }] as const;
  });
  const wanted = wantedIn({ requests: new Map(requests), pins: new Map(pins) }, RULES, notes);
  return wanted
    .filter(({ name }) => !taken.has(name))
    .map((each) => (each.presence === "present" ? { ...each, from: BUILT } : each));
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
