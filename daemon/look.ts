import { EXIT } from "../schema/error.ts";
import { isCutOff, runOmg } from "./child.ts";
import { looksAtRepository } from "./decide.ts";
import type { Round } from "./failing.ts";
import type { LaidOut } from "./source/contents.ts";
import type { State } from "./state.ts";

/** How long the repository has to answer where what is known here waits for it. */
const PATIENCE_MS = 10_000;

/**
 * Nobody knows for how long a server says nothing: so what is new on the machine comes before.
 * @returns whether the repository was asked, whatever it answered
 */
export async function ask(round: Round): Promise<boolean> {
  const { reasons, moved, state, soon } = round;
  if (!looksAtRepository(reasons)) return false;
  if (reasons.has("machine")) {
    soon("again");
    return false;
  }
  const isUnseen = reasons.has("start") && state().inForce !== undefined;
  const until = isUnseen ? AbortSignal.any([moved, outOfPatience()]) : moved;
  return (await look(round, false, until)) || !moved.aborted;
}

/** Not AbortSignal.timeout: nothing but AbortSignal.any would hold it, which does so weakly. */
export function outOfPatience(): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), PATIENCE_MS).unref();
  return controller.signal;
}

/** @param until breaks it off; then it comes again soon. @returns whether it came to its end */
export async function look(round: Round, nearby: boolean, until: AbortSignal): Promise<boolean> {
  const { ctx, state, keep, soon, laid, tellTeam } = round;
  const signal = AbortSignal.any([ctx.signal, until]);
  keep({ doing: "fetching" });
  const ran = await runOmg({ ...ctx, signal }, ["daemon", "fetch", ...(nearby ? ["--nearby"] : [])]);
  const now = ctx.now().toISOString();
  const found = ran.document as {
    readonly channel: string;
    readonly newest?: NonNullable<State["newest"]>;
    readonly from?: string;
    readonly refused?: State["refused"];
    readonly laid?: LaidOut;
    readonly watch?: readonly string[];
  };
  // Broken off at the very end it has told its news, but how it ended says nothing of them.
  const told = signal.aborted && isCutOff(ran) ? undefined : found.newest;
  if (told !== undefined) {
    const { commit, subject, by, time } = told;
    const problem = ran.problem === undefined ? {} : { problem: ran.problem };
    const newest = { commit, subject, by, time, ...problem };
    // That a teammate sent it says nothing of the repository.
    const answered = found.from === undefined ? { contact: now, fetchProblem: undefined } : {};
    if (found.laid !== undefined) laid.learn(commit, found.laid);
    keep({ newest, ...answered, watch: found.watch ?? state().watch, ...(nearby ? { refused: found.refused } : {}) });
  } else if (until.aborted) soon(nearby ? "news" : "again");
  else if (ran.code === EXIT.busy) soon("poll");
  else if (ran.problem !== undefined && !signal.aborted)
    keep({ fetchProblem: ran.problem, ...(ran.code === EXIT.refused ? { contact: now } : {}) });
  tellTeam();
  return told !== undefined || !signal.aborted;
}
