import type { Pin, Wanted } from "../../../schema/model/desired.ts";
import type { PlatformLock } from "../../../schema/model/lock.ts";
import { desiredOf } from "../desired.ts";
import { buildsIn } from "../offers/market.ts";
import type { Move } from "../solve/solver-output.ts";
import { type Proposed, unknownHashes } from "./pins.ts";
import { ask, dependencyPin, isAsked, neededBy, type ProposalInput, pickPin, settle } from "./propose.ts";

/** Each round names what the one before needed; a chain of new dependencies is seldom longer. */
const MAX_ROUNDS = 8;

/**
 * Pins of everything that a lock asks for and needs, at the versions that its snapshot has: earlier pins and what is installed
 * count only where the snapshot does not have a package at all. Errors: OmgError `lock-unresolvable`.
 */
export async function proposeAtSnapshot(lock: PlatformLock, input: ProposalInput): Promise<Proposed> {
  const all = desiredOf(lock).wanted;
  const asked = all.filter((each) => each.presence === "present" && isAsked(each));
  const known = new Map(all.flatMap(({ name, pin }) => (pin === undefined ? [] : [[name, pin] as const])));
  const targets = new Map(asked.map((each) => [each.name, pinThere(each, input)]));
  const left = new Set([...targets.keys(), ...all.flatMap((each) => (each.presence === "present" ? [] : [each.name]))]);
  const { moves, needed } = await settled(targets, known, input);
  const moved = new Map(moves.map((move) => [move.name, move]));
  const build = buildsIn(input.market, input.records);
  const dependencies = needed
    .filter((name) => !left.has(name))
    .flatMap((name) => {
      const pin = targets.get(name);
      if (pin !== undefined) return [{ name, pin, auto: true }];
      return dependencyPin(name, moved.get(name), known.get(name), input, build);
    });
  const pins = [
    ...asked.map(({ name }) => ({ name, pin: targets.get(name) ?? { version: "" }, auto: false })),
    ...dependencies,
  ];
  return { requests: {}, pins, notes: unknownHashes(pins) };
}

/** Adds to `targets` what they need, at the snapshot's versions too, until nothing new is needed. */
async function settled(
  targets: Map<string, Pin>,
  known: ReadonlyMap<string, Pin>,
  input: ProposalInput,
): Promise<{ readonly moves: readonly Move[]; readonly needed: readonly string[] }> {
  const build = buildsIn(input.market, input.records);
  const seeds = [
    ...targets.keys(),
    ...[...known.keys()].filter((name) => input.installed.get(name)?.essential === true),
  ];
  for (let round = 1; ; round += 1) {
    const keep = new Map([...targets].map(([name, { version }]) => [name, version]));
    const missing = [...targets].filter(([name, { version }]) => input.installed.get(name)?.version !== version);
    const builds = missing.flatMap(([name, { version }]) => build(name, version) ?? []);
    const moves = builds.length === 0 ? [] : await ask(builds, keep, input);
    const needed = [...neededBy(seeds, moves, input, build)];
    const fresh = needed.filter((name) => !targets.has(name) && input.market.candidates(name).length > 0);
    if (fresh.length === 0 || round === MAX_ROUNDS) return { moves, needed };
    for (const name of fresh) targets.set(name, pickPin(name, "*", undefined, input));
  }
}

function pinThere(wanted: Wanted, input: ProposalInput): Pin {
  const { name, request = "*", from } = wanted;
  const offered = input.market.listed(name) || !input.installed.has(name);
  return offered ? pickPin(name, request, from, input) : settle(wanted, input, buildsIn(input.market, input.records));
}
