import type { Generation } from "../../schema/model/base.ts";

/** What the user lets go of, as far as generations are concerned. */
export interface KeepRule {
  /** How many of the newest stay whatever else is said; at least 1. */
  readonly newest: number;
  /** Only what is older than this may go. */
  readonly before?: Date;
}

/** Numbers, the oldest first. */
export interface Expendable {
  /** There will be no way back to these. */
  readonly going: readonly number[];
  /** Of those that go, the ones that leave a remnant: a rollback to one that stays reads what their lock wanted and owned. */
  readonly leaving: readonly number[];
  /** Remnants that nothing reads any more. */
  readonly remnants: readonly number[];
}

type Known = Pick<Generation, "number" | "lock">;

/**
 * Which generations may go. To every one that stays belongs, for each lock, the newest up to it. Pure.
 * @param generations of one scope, in order
 * @param remnants of earlier ones
 * @param held generations that a rollback holds the machine at
 */
export function expendable(
  generations: readonly Generation[],
  remnants: readonly Known[],
  rule: KeepRule,
  held: ReadonlySet<number>,
): Expendable {
  const old = generations.slice(0, Math.max(0, generations.length - Math.max(1, rule.newest)));
  const young = old.findIndex(({ time }) => rule.before !== undefined && !(Date.parse(time) < rule.before.getTime()));
  const prefix = young < 0 ? old : old.slice(0, young);
  const going = prefix.map(({ number }) => number).filter((number) => !held.has(number));
  const staying = generations.map(({ number }) => number).filter((number) => !going.includes(number));
  const known = [...remnants, ...generations].sort((a, b) => a.number - b.number);
  const read = new Set(staying.flatMap((number) => newestOfEachLock(known, number)));
  return {
    going,
    leaving: going.filter((number) => read.has(number)),
    remnants: remnants.map(({ number }) => number).filter((number) => !read.has(number)),
  };
}

function newestOfEachLock(known: readonly Known[], upTo: number): readonly number[] {
  const earlier = known.filter(({ number }) => number <= upTo);
  return [...new Map(earlier.map(({ lock, number }) => [`${lock.name}\n${lock.repository}`, number])).values()];
}
