import { isBehind, isStale } from "./decide.ts";
import { peersSaid } from "./peers/tellings.ts";
import type { Problem } from "./problem.ts";
import type { Settings } from "./settings.ts";
import type { State, Suspension } from "./state.ts";
import { modeOf, opening } from "./windows/here.ts";
import type { Opening } from "./windows/open.ts";

/** One thing that is so now, in words. */
export interface Telling {
  /** There is at most one of each. */
  readonly about:
    | "omgd"
    | "settings"
    | "repository"
    | "newest"
    | "commit"
    | "machine"
    | "drift"
    | "health"
    | "windows"
    | "peers"
    | "watches"
    | "suspension";
  readonly tone: "good" | "dim" | "warn" | "bad";
  readonly text: string;
  readonly problem?: Problem;
  /** What is so, where the text says more of it, such as a time: it is news when this is another. */
  readonly state?: string;
}

/** What is said of a thing that is no more. */
export const OVER: Readonly<Partial<Record<Telling["about"], string>>> = {
  suspension: "no more: what may be applied is applied",
  settings: "config.toml counts as it is",
  drift: "no longer in the way",
  health: "no checks are named any more",
  peers: "no longer looked for",
  watches: "there are enough again",
  windows: "none: what may be applied is applied at any time",
};

/** What of the settings is told of. */
export type Told = Pick<Settings, "maxAgeSeconds" | "rollForward" | "drift" | "windows">;

/** All that is worth knowing of a state. Pure. */
export function tellingsOf(
  state: State,
  settings: Told,
  suspension: Suspension | undefined,
  now: Date,
): readonly Telling[] {
  return [
    ...problemTelling("settings", "config.toml counts as it was before", state.configProblem),
    ...suspensionTelling(suspension),
    repositoryTelling(state, settings, now),
    ...newestTelling(state, settings, now),
    commitTelling(state),
    ...machineTelling(state, settings, now),
    ...driftTelling(state),
    ...healthTelling(state),
    ...windowsTelling(state, settings, now),
    ...peersTelling(state),
    ...watchesTelling(state),
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

function newestTelling(state: State, settings: Told, now: Date): readonly Telling[] {
  const { mode, by } = modeOf("roll-forward", state, settings);
  const { newest, waiting, rollForward: failures } = state;
  if (newest === undefined) return [];
  const name = `${short(newest.commit)} (${newest.subject})`;
  if (newest.problem !== undefined)
    return [{ about: "newest", tone: "bad", text: `${name} cannot be used`, problem: newest.problem }];
  if (!isBehind(state)) return [];
  if (failures?.commit === newest.commit) {
    const { problem, givenUp, until, count, holds } = failures;
    if (holds === true) {
      const text = `${name} was tried and is not in force; nothing but a newer commit takes its place`;
      return [{ about: "newest", tone: "bad", text, problem }];
    }
    const then = givenUp
      ? `is not tried again after ${times(count)}: a newer commit, or omg daemon resume, begins anew`
      : `is tried again at ${minute(until)}`;
    const so = `${name} ${givenUp ? "given up" : "failing"}`;
    return [{ about: "newest", tone: "bad", text: `${name} was not applied, and ${then}`, problem, state: so }];
  }
  const isOpen = opening("roll-forward", state, settings, now).open;
  if (mode === "apply" && isOpen) return [{ about: "newest", tone: "dim", text: `${name}, signed by ${newest.by}` }];
  const changes = waiting?.commit === newest.commit ? `: ${plural(waiting.changes, "change")}` : "";
  const why = mode === "apply" ? "no window is open" : `${by} says that roll-forward is ${JSON.stringify(mode)}`;
  return [{ about: "newest", tone: "warn", text: `${name} waits, for ${why}${changes}`, state: `${name} waits` }];
}

function commitTelling({ inForce }: State): Telling {
  if (inForce === undefined) return { about: "commit", tone: "dim", text: "no commit is in force yet" };
  return { about: "commit", tone: "good", text: `${short(inForce.commit)} is in force` };
}

function machineTelling(state: State, settings: Told, now: Date): readonly Telling[] {
  const { machine, inForce } = state;
  const { mode, by } = modeOf("drift", state, settings);
  if (machine === undefined) {
    const why = mode === "off" ? `it changed, and ${by} says that drift is "off"` : "it could not be looked at";
    return inForce === undefined ? [] : [{ about: "machine", tone: "dim", text: `not known: ${why}` }];
  }
  const { state: found, changes } = machine;
  if (found === "in sync") return [{ about: "machine", tone: "good", text: "in sync" }];
  if (found === "changing")
    return [{ about: "machine", tone: "dim", text: "omg is at work here: what it comes to is judged after that" }];
  if (found === "held")
    return [{ about: "machine", tone: "warn", text: "held by a rollback, until a newer commit comes" }];
  const rest =
    mode !== "apply"
      ? `, and stays so: ${by} says that drift is ${JSON.stringify(mode)}`
      : opening("drift", state, settings, now).open
        ? ""
        : ", and stays so: no window is open";
  return [
    { about: "machine", tone: "warn", text: `drifted: ${plural(changes, "difference")}${rest}`, state: "drifted" },
  ];
}

function driftTelling({ drift, inForce }: State): readonly Telling[] {
  if (drift === undefined || drift.commit !== inForce?.commit) return [];
  const then = drift.givenUp
    ? `is not tried again after ${times(drift.count)}: a newer commit, or omg daemon resume, begins anew`
    : `is tried again at ${minute(drift.until)}`;
  return [
    {
      about: "drift",
      tone: "bad",
      text: `was not put back, and ${then}`,
      problem: drift.problem,
      state: drift.givenUp ? "given up" : "failing",
    },
  ];
}

function healthTelling({ health, inForce }: State): readonly Telling[] {
  if (health === undefined || health.commit !== inForce?.commit) return [];
  const { failed, before, checks, problem } = health;
  if (problem === undefined)
    return [{ about: "health", tone: "good", text: `healthy: ${plural(checks, "check")} after the last apply` }];
  const known = failed.every((name) => before.includes(name)) ? ", as before the last apply" : " since the last apply";
  return [{ about: "health", tone: "bad", text: `unhealthy${known}: ${failed.join(", ")}`, problem }];
}

/** What may begin by itself is told of where a window says when. */
function windowsTelling(state: State, settings: Told, now: Date): readonly Telling[] {
  const said = (["roll-forward", "drift"] as const).flatMap((purpose) => {
    const { mode } = modeOf(purpose, state, settings);
    const found = opening(purpose, state, settings, now);
    if (mode !== "apply" || (found.open && found.closes === undefined)) return [];
    return [{ purpose, open: found.open, when: whenOf(found) }];
  });
  const times = [...new Set(said.map(({ when }) => when))];
  const text = times.map((when) => {
    const purposes = said.filter((each) => each.when === when).map(({ purpose }) => purpose);
    return `${purposes.join(" and ")}: ${when}`;
  });
  const tone = said.every(({ open }) => open) ? "good" : "dim";
  return text.length === 0 ? [] : [{ about: "windows", tone, text: text.join("; ") }];
}

function whenOf(found: Opening): string {
  if (found.open) return `open until ${minute(found.closes ?? "")}`;
  return found.opens === undefined ? "closed, and no time is in sight" : `closed until ${minute(found.opens)}`;
}

function peersTelling(state: State): readonly Telling[] {
  const said = peersSaid(state);
  return said === undefined ? [] : [{ about: "peers", ...said }];
}

function watchesTelling({ unwatched }: State): readonly Telling[] {
  if (unwatched !== true) return [];
  const problem = {
    code: "no-watches",
    message: "The kernel has no more watches for files (inotify).",
    details: [],
    state: "Files are looked at every two seconds, and all of them by the next poll.",
    hint: "Raise fs.inotify.max_user_watches and fs.inotify.max_user_instances (sysctl(8)), or end what has so many.",
  };
  return [{ about: "watches", tone: "warn", text: "not all files can be watched", problem }];
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
