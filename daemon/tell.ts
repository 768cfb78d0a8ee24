import { isBehind, isStale } from "./decide.ts";
import type { Problem } from "./problem.ts";
import type { Settings } from "./settings.ts";
import type { State, Suspension } from "./state.ts";

/** One thing that is so now, in words. */
export interface Telling {
  /** There is at most one of each. */
  readonly about: "omgd" | "settings" | "repository" | "newest" | "commit" | "machine" | "drift" | "suspension";
  readonly tone: "good" | "dim" | "warn" | "bad";
  readonly text: string;
  readonly problem?: Problem;
}

/** All that is worth knowing of a state. Pure. */
export function tellingsOf(
  state: State,
  settings: Pick<Settings, "maxAgeSeconds" | "rollForward" | "drift">,
  suspension: Suspension | undefined,
  now: Date,
): readonly Telling[] {
  return [
    ...problemTelling("settings", "config.toml counts as it was before", state.configProblem),
    ...suspensionTelling(suspension),
    repositoryTelling(state, settings, now),
    ...newestTelling(state, settings),
    commitTelling(state),
    ...machineTelling(state, settings),
    ...driftTelling(state),
  ];
}

function repositoryTelling(state: State, settings: Pick<Settings, "maxAgeSeconds">, now: Date): Telling {
  const { channel, contact, fetchProblem } = state;
  const problem = fetchProblem === undefined ? {} : { problem: fetchProblem };
  if (isStale(state, settings, now)) {
    const since = contact === undefined ? "never answered" : `has not answered since ${minute(contact)}`;
    return { about: "repository", tone: "bad", text: `stale: ${channel} ${since}`, ...problem };
  }
  if (fetchProblem !== undefined)
    return { about: "repository", tone: "bad", text: `${channel} brought nothing that counts`, ...problem };
  return { about: "repository", tone: contact === undefined ? "dim" : "good", text: `follows ${channel}` };
}

function newestTelling(state: State, { rollForward }: Pick<Settings, "rollForward">): readonly Telling[] {
  const { newest, waiting, rollForward: failures } = state;
  if (newest === undefined) return [];
  const name = `${short(newest.commit)} (${newest.subject})`;
  if (newest.problem !== undefined)
    return [{ about: "newest", tone: "bad", text: `${name} cannot be used`, problem: newest.problem }];
  if (!isBehind(state)) return [];
  if (failures?.commit === newest.commit) {
    const { problem, givenUp, until, count } = failures;
    const then = givenUp
      ? `is not tried again after ${times(count)}: a newer commit, or omg daemon resume, begins anew`
      : `is tried again at ${minute(until)}`;
    return [{ about: "newest", tone: "bad", text: `${name} was not applied, and ${then}`, problem }];
  }
  if (rollForward === "apply") return [{ about: "newest", tone: "dim", text: `${name}, signed by ${newest.by}` }];
  const changes = waiting?.commit === newest.commit ? `: ${plural(waiting.changes, "change")}` : "";
  const why = `roll-forward is ${JSON.stringify(rollForward)}`;
  return [{ about: "newest", tone: "warn", text: `${name} waits, for ${why}${changes}` }];
}

function commitTelling({ inForce }: State): Telling {
  if (inForce === undefined) return { about: "commit", tone: "dim", text: "no commit is in force yet" };
  return { about: "commit", tone: "good", text: `${short(inForce.commit)} is in force` };
}

function machineTelling({ machine }: State, { drift }: Pick<Settings, "drift">): readonly Telling[] {
  if (machine === undefined) return [];
  const { state, changes } = machine;
  if (state === "in sync") return [{ about: "machine", tone: "good", text: "in sync" }];
  if (state === "held")
    return [{ about: "machine", tone: "warn", text: "held by a rollback, until a newer commit comes" }];
  const rest = drift === "apply" ? "" : `, and stays so: drift is ${JSON.stringify(drift)}`;
  return [{ about: "machine", tone: "warn", text: `drifted: ${plural(changes, "difference")}${rest}` }];
}

function driftTelling({ drift, inForce }: State): readonly Telling[] {
  if (drift === undefined || drift.commit !== inForce?.commit) return [];
  const then = drift.givenUp
    ? `is not tried again after ${times(drift.count)}: a newer commit, or omg daemon resume, begins anew`
    : `is tried again at ${minute(drift.until)}`;
  return [{ about: "drift", tone: "bad", text: `was not put back, and ${then}`, problem: drift.problem }];
}

function suspensionTelling(suspension: Suspension | undefined): readonly Telling[] {
  if (suspension === undefined) return [];
  const { by, since, reason } = suspension;
  return [
    { about: "suspension", tone: "warn", text: `nothing is applied since ${minute(since)}, by ${by}: ${reason}` },
  ];
}

function problemTelling(about: Telling["about"], text: string, problem: Problem | undefined): readonly Telling[] {
  return problem === undefined ? [] : [{ about, tone: "bad", text, problem }];
}

function short(commit: string): string {
  return commit.slice(0, 12);
}

function minute(time: string): string {
  return `${time.slice(0, 16).replace("T", " ")} UTC`;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function times(count: number): string {
  return count === 1 ? "one try" : `${count} tries`;
}
