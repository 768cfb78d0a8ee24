import { longestWait } from "./decide.ts";
import type { Settings } from "./settings.ts";
import type { Failures, State } from "./state.ts";

/**
 * Milliseconds until a time that was at most `most` ahead when it was written down. Where more is left, the clock was set back since, and
 * nobody can tell how long ago that was: then it has passed.
 */
export function msUntil(time: number, now: Date, most: number): number {
  const left = time - now.getTime();
  return left > most ? 0 : Math.max(0, left);
}

/** What is known, after the clock may have been set back: nothing was heard later than now, and nothing waits for longer than it can. Pure. */
export function asOf(now: Date, state: State, settings: Pick<Settings, "backoffSeconds">): State {
  const { started, contact, rollForward, drift } = state;
  const heard = (time: string) => (Date.parse(time) > now.getTime() ? now.toISOString() : time);
  const failed = (each: Failures): Failures => {
    const left = msUntil(Date.parse(each.until), now, longestWait(each.count, settings));
    return left === 0 ? { ...each, until: heard(each.until) } : each;
  };
  return {
    ...state,
    started: heard(started),
    ...(contact === undefined ? {} : { contact: heard(contact) }),
    ...(rollForward === undefined ? {} : { rollForward: failed(rollForward) }),
    ...(drift === undefined ? {} : { drift: failed(drift) }),
  };
}
