import { timeAfter } from "../host/schedule.ts";
import type { Problem } from "./problem.ts";
import type { Mode, Settings } from "./settings.ts";
import type { Failures, State } from "./state.ts";

/**
 * What woke omgd. `asked`: a person did, by SIGHUP; `settings`: what counts here was edited; `window`: one opened; `news`: a teammate on this network speaks of
 * a newer commit; `told`: it was time for the repository, and teammates look at it; `again`: a look at the repository was broken off.
 */
export type Reason =
  | "start"
  | "poll"
  | "told"
  | "again"
  | "news"
  | "schedule"
  | "retry"
  | "window"
  | "machine"
  | "settings"
  | "asked";

/** Whether the repository itself is looked at in this round. */
export function looksAtRepository(reasons: ReadonlySet<Reason>): boolean {
  return (["start", "poll", "again", "schedule", "settings", "asked"] as const).some((reason) => reasons.has(reason));
}

/** Whether teammates are asked, who spoke of news: not where the repository itself was looked at and brought them. */
export function looksAtTeammates(reasons: ReadonlySet<Reason>, { fetchProblem }: Pick<State, "fetchProblem">): boolean {
  return reasons.has("news") && (!looksAtRepository(reasons) || fetchProblem !== undefined);
}

/** Whether there is a newer commit that a run can be about. */
export function isBehind({ newest, inForce }: State): boolean {
  return newest !== undefined && newest.problem === undefined && newest.commit !== inForce?.commit;
}

/** Nothing is applied while somebody suspended it, or no window is open. */
export function modeNow(mode: Mode, suspended: boolean, open = true): Mode {
  return (suspended || !open) && mode === "apply" ? "report" : mode;
}

/** Whether something that failed has to wait, or for a person. */
export function mustWait(
  failures: Failures | undefined,
  commit: string,
  now: Date,
  reasons: ReadonlySet<Reason>,
): boolean {
  if (failures === undefined || failures.commit !== commit) return false;
  if (failures.holds === true) return true;
  if (reasons.has("asked") || reasons.has("settings") || reasons.has("start")) return false;
  return failures.givenUp || now < new Date(failures.until);
}

/** A failure as it has to be remembered. `holds`: only a newer commit begins anew. */
export interface Failure {
  readonly commit: string;
  readonly problem: Problem;
  /** `for good`: trying again brings the same. `outside`: a server or network, which comes back some time. */
  readonly kind: "counts" | "for good" | "outside" | "holds";
}

const LONGEST_WAIT_MS = 3_600_000;

/** How long it may have to wait after so many failures. Milliseconds. */
export function longestWait(count: number, { backoffSeconds }: Pick<Settings, "backoffSeconds">): number {
  return Math.min(backoffSeconds * 1000 * 2 ** Math.min(count - 1, 20), LONGEST_WAIT_MS);
}

/** After one more failure. Each wait is twice the last, less up to half, so that machines do not come back together. */
export function failedOnceMore(
  before: Failures | undefined,
  { commit, problem, kind }: Failure,
  settings: Pick<Settings, "backoffSeconds" | "tries">,
  now: Date,
  random: () => number,
): Failures {
  const count = (before?.commit === commit ? before.count : 0) + 1;
  const wait = longestWait(count, settings) * (1 - random() / 2);
  if (kind === "holds") return { commit, count, until: now.toISOString(), givenUp: true, holds: true, problem };
  const givenUp = kind === "for good" || (kind === "counts" && count >= settings.tries);
  return { commit, count, until: new Date(now.getTime() + wait).toISOString(), givenUp, problem };
}

/** Milliseconds until the repository is asked again: give or take a tenth. */
export function untilPoll({ pollSeconds }: Pick<Settings, "pollSeconds">, random: () => number): number {
  return pollSeconds * 1000 * (0.9 + random() / 5);
}

/**
 * Milliseconds until the first thing may be tried again that failed; undefined where nothing waits. What was due before the last round began and was not
 * tried in it waits for something else: a window, a person.
 */
export function untilRetry({ rollForward, drift }: State, now: Date, began: Date): number | undefined {
  const waits = [rollForward, drift].flatMap((each) => {
    const due = each === undefined || each.givenUp ? Number.NaN : Date.parse(each.until);
    return due >= began.getTime() ? [Math.max(0, due - now.getTime())] : [];
  });
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** Milliseconds until the next time of the schedule; undefined without one. */
export function untilSchedule({ schedule }: Pick<Settings, "schedule">, now: Date): number | undefined {
  const next = schedule === undefined ? undefined : timeAfter(schedule.times, schedule.zone, now);
  return next === undefined ? undefined : next.getTime() - now.getTime();
}

/** No answer of the repository for too long: then nobody knows what this machine should have. */
export function isStale({ contact, started }: State, { maxAgeSeconds }: Pick<Settings, "maxAgeSeconds">, now: Date) {
  return now.getTime() - Date.parse(contact ?? started) > maxAgeSeconds * 1000;
}
