import type { FetchFailure } from "./fetch-failure.ts";

/** The longest that a server may make us wait, and that we wait by ourselves. Milliseconds. */
const LONGEST_WAIT = 30_000;

/** Whether the address that failed so is worth asking again within this run. */
export function isWorthAnother(failure: FetchFailure): boolean {
  return failure.isTemporary && (failure.answer?.retryAfterMs ?? 0) <= LONGEST_WAIT;
}

/**
 * How long to wait before the round `round` (from 1): twice as long each time, each by up to half less so that machines which
 * failed together do not come back together; never less than a server asked for. Milliseconds.
 */
export function waitBefore(
  round: number,
  failures: readonly FetchFailure[],
  firstMs: number,
  random: () => number,
): number {
  const own = Math.min(firstMs * 2 ** (round - 1), LONGEST_WAIT) * (1 - random() / 2);
  return Math.max(own, ...failures.map(({ answer }) => answer?.retryAfterMs ?? 0));
}
