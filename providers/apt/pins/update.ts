import { parseStanza } from "../../../host/deb822.ts";
import { compareDebianVersions, satisfiesRequest } from "../../../host/debian-version.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Pin, Wanted } from "../../../schema/model/desired.ts";
import type { PinUpdate } from "../../../schema/model/provider.ts";
import { relationsOf } from "../machine/package-fields.ts";
import type { InstalledPackage } from "../machine/status.ts";
import { bareName } from "../names.ts";
import type { BuildFinder, Market } from "../offers/market.ts";
import type { Move } from "../solve/solver-output.ts";
import { pinTo } from "./pins.ts";

/** Pins of what is asked for, and of what that needs. */
export interface Settled {
  readonly asked: ReadonlyMap<string, Pin>;
  readonly known: ReadonlyMap<string, Pin>;
}

export interface Renewal {
  readonly update: PinUpdate;
  /** By name. */
  readonly wanted: ReadonlyMap<string, Wanted>;
  readonly market: Market;
  readonly installed: ReadonlyMap<string, InstalledPackage>;
  readonly build: BuildFinder;
}

/** What became of one try: the solver's moves, or what apt says against it, a reason a line. */
export type Attempt =
  | { readonly solved: true; readonly moves: readonly Move[] }
  | { readonly solved: false; readonly explanation: readonly string[]; readonly builds: readonly Artifact[] };

export interface Renewed {
  readonly settled: Settled;
  readonly attempt: Attempt;
  readonly notes: readonly string[];
}

/** Each round keeps back what the one before could not move; more than a few mean that something else is wrong. */
const MAX_ROUNDS = 8;

/**
 * Takes pins forward: to what the sources offer within the requests, or to what is installed already where that is newer. What
 * apt finds no way for is kept back with a note, unless it was named. `solve` tries the pins; `force` are dependencies to move too.
 */
export async function renewed(
  settled: Settled,
  renewal: Renewal,
  solve: (pins: Settled, force: ReadonlySet<string>) => Promise<Attempt>,
): Promise<Renewed> {
  const possible = targetsOf(settled, renewal);
  const held = renewal.update.names === undefined ? possible.filter(([name]) => isHeld(name, renewal)) : [];
  const targets = new Map(possible.filter((each) => !held.includes(each)));
  const notes = [
    ...held.map(
      ([name, { version }]) => `${name} is held, so ${version} was not taken; name it to \`omg update\` to move it`,
    ),
    ...aheadNotes(settled, targets, renewal),
  ];
  for (let round = 0; ; round += 1) {
    const pins = withTargets(settled, targets);
    const force = new Set([...targets.keys()].filter((name) => settled.known.has(name) && renewal.installed.has(name)));
    const attempt = await solve(pins, force);
    const blamed = attempt.solved ? [] : blamedIn(attempt.explanation, targets);
    const mayKeepBack = renewal.update.names === undefined && round < MAX_ROUNDS;
    if (blamed.length === 0 || !mayKeepBack || attempt.solved) return { settled: pins, attempt, notes };
    for (const name of blamed) {
      notes.push(keptBack(name, targets.get(name), attempt.explanation));
      targets.delete(name);
    }
  }
}

/** What will be installed once the moves are made, as far as what they need goes: a newer version may need less. Pure. */
export function asMoved(
  installed: ReadonlyMap<string, InstalledPackage>,
  moves: readonly Move[],
  build: BuildFinder,
): ReadonlyMap<string, InstalledPackage> {
  const after = new Map(installed);
  for (const { name, to, arch } of moves) {
    const here = installed.get(name);
    const control = to === undefined ? undefined : build(name, to, arch)?.control;
    if (here === undefined || control === undefined) continue;
    const stanza = parseStanza(control);
    after.set(name, { ...here, ...relationsOf((field) => stanza.get(field)) });
  }
  return after;
}

/** By the lock, or on this machine by whomever. */
function isHeld(name: string, { wanted, installed }: Renewal): boolean {
  return wanted.get(name)?.attributes.hold === true || installed.get(name)?.want === "hold";
}

/** The pins that are to change, by name. Pure. */
function targetsOf({ asked, known }: Settled, renewal: Renewal): readonly (readonly [string, Pin])[] {
  const { names } = renewal.update;
  return [...asked, ...known].flatMap(([name, pin]) => {
    if (names?.has(name) === false) return [];
    const target = targetOf(name, pin, renewal);
    return target === undefined || target.version === pin.version ? [] : [[name, target] as const];
  });
}

/** The newest of what is pinned, offered and installed; something older only where the pinned version can be had nowhere. */
function targetOf(name: string, pin: Pin, { update, wanted, market, installed, build }: Renewal): Pin | undefined {
  const { request = "*", from } = wanted.get(name) ?? {};
  const answers = (offer: Artifact) =>
    satisfiesRequest(offer.version, request) &&
    (from === undefined || offer.origin === from) &&
    (!update.security || market.fromSecurity(offer));
  const offered = market.candidates(name).find(answers);
  const settled = offered && market.settled(name, offered.version);
  const best = offered && (settled === undefined ? offered : (build(name, settled, undefined, from) ?? offered));
  const here = installed.get(name)?.version;
  const present = here === undefined ? undefined : build(name, here, installed.get(name)?.arch, from);
  const candidates = [best, present !== undefined && answers(present) ? present : undefined].flatMap(
    (each) => each ?? [],
  );
  const newest = candidates.sort((a, b) => compareDebianVersions(b.version, a.version))[0];
  if (newest === undefined) return undefined;
  const lost = here !== pin.version && build(name, pin.version) === undefined;
  return lost || compareDebianVersions(newest.version, pin.version) > 0 ? pinTo(newest.version, newest) : undefined;
}

function withTargets({ asked, known }: Settled, targets: ReadonlyMap<string, Pin>): Settled {
  const over = (pins: ReadonlyMap<string, Pin>) =>
    new Map([...pins].map(([name, pin]) => [name, targets.get(name) ?? pin] as const));
  return { asked: over(asked), known: over(known) };
}

/** Those that apt speaks of first, else those that it mentions. */
function blamedIn(explanation: readonly string[], targets: ReadonlyMap<string, Pin>): readonly string[] {
  const names = [...targets.keys()];
  const first = names.filter((name) => explanation.some((line) => line.startsWith(`${bareName(name)} `)));
  if (first.length > 0) return first;
  return names.filter((name) => explanation.some((line) => line.split(/[\s:,()]+/).includes(bareName(name))));
}

function keptBack(name: string, target: Pin | undefined, explanation: readonly string[]): string {
  return `${name} was kept back: apt finds no way to ${target?.version}, for ${explanation.join("; ")}`;
}

/** What is newer here than anything that could be pinned: nobody could fetch it again. */
function aheadNotes(
  { asked, known }: Settled,
  targets: ReadonlyMap<string, Pin>,
  { update, installed, build }: Renewal,
): readonly string[] {
  return [...asked, ...known].flatMap(([name, pin]) => {
    const here = installed.get(name);
    const pinned = targets.get(name)?.version ?? pin.version;
    if (here === undefined || update.names?.has(name) === false) return [];
    if (compareDebianVersions(here.version, pinned) <= 0 || build(name, here.version) !== undefined) return [];
    return [
      `${name} ${here.version} is installed and newer than ${pinned}, but no source offers it and omg kept no copy; its pin stays`,
    ];
  });
}
