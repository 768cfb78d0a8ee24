import { applyUnderWay } from "../app/under-way.ts";
import { EXIT } from "../schema/error.ts";
import type { Purpose } from "../schema/model/window.ts";
import { forgetStatus, outdated, renewStatus } from "./beat.ts";
import { type ChildEnd, isCutOff, runOmg } from "./child.ts";
import { isBehind, looksAtTeammates, modeNow, mustWait } from "./decide.ts";
import { fail, lead, type Round, type Work } from "./failing.ts";
import { beginTrial, holdsUp, seeHealth, takeBack } from "./health/judge.ts";
import { trialOf } from "./health/trial.ts";
import { ask, look, outOfPatience } from "./look.ts";
import { foldersOf, lockPathOf, type Mode } from "./settings.ts";
import { pointTo } from "./source/point.ts";
import { readSuspension, type State, type StateChange } from "./state.ts";
import { leaveOf, modeOf, opening } from "./windows/here.ts";

/** How an apply ended. `elsewhere`: another program was at work, and nothing was begun. `under way`: that may be the apply that an earlier omgd began. */
type Applied = "done" | "failed" | "elsewhere" | "under way";

/**
 * One round: look at the repository, apply its newest commit where that may be, otherwise see to it that the machine stays as the
 * last one that was applied says. By what is there, never by what woke it. Failures are remembered, and thrown by nothing here.
 */
export async function goRound(round: Round): Promise<void> {
  const { keep, ctx, reasons, soon, moved } = round;
  if (applyUnderWay(ctx)) {
    for (const reason of [...reasons, "machine"] as const) soon(reason);
    return keep({ ...changing(round), doing: "waiting" });
  }
  const asked = await ask(round);
  if (!ctx.signal.aborted && looksAtTeammates(reasons, round.state())) await look(round, true, moved);
  const rolled = !ctx.signal.aborted && (await rollForward(round));
  if (!rolled && !ctx.signal.aborted && guards(round)) await guard(round, asked);
  const { newest, inForce } = round.state();
  // Between rounds the lock's path leads to the newest commit: what people look at, and accept a policy of.
  const shown = newest?.problem === undefined ? newest : inForce;
  if (shown !== undefined) pointTo(foldersOf(ctx), shown.commit);
  keep({ doing: "waiting" });
}

/** Somebody else's run, or one that an earlier omgd began, has the machine half way. */
function changing({ ctx, state }: Round): StateChange {
  const time = ctx.now().toISOString();
  return state().inForce === undefined ? {} : { machine: { state: "changing", changes: 0, time } };
}

/** A round that only tries the newest commit again learns nothing of the machine. */
function guards({ reasons, state }: Round): boolean {
  const { drift, unfinished } = state();
  return drift !== undefined || unfinished !== undefined || [...reasons].some((reason) => reason !== "retry");
}

/** @returns whether there is nothing else to hold the machine against: the newest commit came into force, or an earlier omgd's run still applies it */
async function rollForward(round: Round): Promise<boolean> {
  const { reasons, ctx, state, keep } = round;
  const { newest } = state();
  if (newest === undefined || !isBehind(state())) {
    keep({ waiting: undefined, rollForward: undefined });
    return false;
  }
  const { commit } = newest;
  if (!(await lead(round, "rollForward", commit))) return false;
  const mode = await now(round, "roll-forward", commit);
  if (mode === "off" || mustWait(state().rollForward, commit, ctx.now(), reasons)) return false;
  if (mode === "report") {
    await foresee(round, commit);
    return false;
  }
  const trial = await beginTrial(round, commit);
  if (trial === undefined) return false;
  if (trial.verdict !== undefined) return takeBack(round, trial, trial.verdict);
  const applied = trial.applied === true ? "done" : await apply(round, "rollForward", commit);
  if (applied !== "done") return applied === "under way";
  if (!(await holdsUp(round, trial))) return false;
  const time = ctx.now().toISOString();
  keep({
    inForce: { commit, time },
    machine: { state: "in sync", changes: 0, time },
    waiting: undefined,
    rollForward: undefined,
    drift: undefined,
    trial: undefined,
    unfinished: undefined,
  });
  return true;
}

/** What a commit would change that may not be applied. */
async function foresee(round: Round, commit: string): Promise<void> {
  const { ctx, keep } = round;
  keep({ doing: "checking" });
  const ran = await runOmg(ctx, ["plan", "--locked", "--lock", lockPathOf(ctx, round.settings)]);
  const changes = countOf(ran.document.resource_changes);
  if (ran.problem === undefined) keep({ waiting: { commit, changes }, rollForward: undefined });
  else fail(round, "rollForward", commit, ran);
}

/**
 * Holds the machine against the commit in force, and puts back what moved where that may be.
 * @param asked whether the repository was asked in this round
 */
async function guard(round: Round, asked: boolean): Promise<void> {
  const { ctx, state, keep, reasons } = round;
  const commit = state().inForce?.commit;
  if (commit === undefined || !(await lead(round, "drift", commit))) return;
  const mode = await now(round, "drift", commit);
  if (mode === "off") {
    keep(outdated(state(), ctx.now()));
    return renewStatus(ctx, state());
  }
  const goesOn = mode === "apply" && state().unfinished === commit;
  if (!goesOn) {
    const drifted = await check(round, commit);
    if (drifted === undefined) return;
    // Where there is a newer commit, whoever is told of drift may be told of what they just applied.
    if (!isBehind(state())) keep(drifted);
    if (await isTheNewest(round, mode, asked)) return;
    keep(drifted);
  }
  if (mode !== "apply" || mustWait(state().drift, commit, ctx.now(), reasons)) return;
  if ((await apply(round, "drift", commit)) !== "done") return;
  keep({ machine: { state: "in sync", changes: 0, time: ctx.now().toISOString() }, drift: undefined });
  await seeHealth(round, commit);
}

/**
 * What looks like drift is none where the machine is just as the newest commit says: somebody applied that by hand, and it is in force from then
 * on. Before anything is put back, the repository is asked, since whoever did it may know a newer one; but not where it did not answer the last time, and only for
 * a while. One that was taken back for the health of the machine stays out.
 */
async function isTheNewest(round: Round, mode: Mode, asked: boolean): Promise<boolean> {
  const { ctx, state, keep, soon } = round;
  const { inForce, newest: known, fetchProblem } = state();
  if (mode === "apply" && !asked && fetchProblem === undefined) await look(round, false, outOfPatience());
  const { newest, rollForward: failed, trial } = state();
  if (newest?.commit !== known?.commit) soon("retry");
  if (newest === undefined || !isBehind(state()) || trial !== undefined || failed?.holds === true) return false;
  if (!(await lead(round, "rollForward", newest.commit))) return false;
  const ran = await checked(round);
  if (ran.problem === undefined && ran.document.in_sync === true) {
    const time = ctx.now().toISOString();
    const now = { inForce: { commit: newest.commit, time }, machine: { state: "in sync", changes: 0, time } } as const;
    keep({ ...now, waiting: undefined, rollForward: undefined, drift: undefined });
    return true;
  }
  return inForce === undefined || !(await lead(round, "drift", inForce.commit));
}

function checked({ ctx, keep, settings }: Round): Promise<ChildEnd> {
  keep({ doing: "checking" });
  return runOmg(ctx, ["check", "--locked", "--lock", lockPathOf(ctx, settings)]);
}

/** @returns what there is to put back, if there is something */
async function check(round: Round, commit: string): Promise<Pick<State, "machine"> | undefined> {
  const { ctx, keep } = round;
  const ran = await checked(round);
  if (ran.problem !== undefined) {
    if (!ctx.signal.aborted) {
      keep({ machine: undefined });
      forgetStatus(ctx);
    }
    fail(round, "drift", commit, ran);
    return undefined;
  }
  const { in_sync, held_at, diff, interrupted } = ran.document as {
    readonly in_sync?: boolean;
    readonly held_at?: number;
    readonly diff?: { readonly changes?: unknown };
    readonly interrupted?: unknown;
  };
  const time = ctx.now().toISOString();
  const changes = countOf(diff?.changes) + countOf(interrupted);
  if (held_at !== undefined) keep({ machine: { state: "held", changes, time }, drift: undefined });
  else if (in_sync === true) keep({ machine: { state: "in sync", changes: 0, time }, drift: undefined });
  else if (!applyUnderWay(ctx)) return { machine: { state: "drifted", changes, time } };
  else {
    keep(changing(round));
    round.soon("machine");
  }
  return undefined;
}

async function apply(round: Round, what: Work, commit: string): Promise<Applied> {
  const { ctx, state, keep, soon } = round;
  const before = state().unfinished;
  await round.gather();
  keep({ doing: "applying", unfinished: commit });
  ctx.emit({ type: "stage", stage: "apply", state: "started" });
  // Between the look and the apply, or since it was tried the last time, somebody may have gone back from this very commit.
  const isAgain = what === "drift" || state().rollForward?.commit === commit;
  const unlessHeld = isAgain ? ["--unless-held"] : [];
  const lock = lockPathOf(ctx, round.settings);
  const ran = await runOmg(ctx, ["apply", "--yes", "--locked", ...unlessHeld, "--lock", lock], true);
  ctx.emit({ type: "stage", stage: "apply", state: "finished" });
  if (ran.problem === undefined) {
    keep({ unfinished: undefined });
    return "done";
  }
  if (ran.problem.code === "held") {
    keep({ unfinished: undefined });
    if (what === "rollForward") fail(round, what, commit, ran);
    else soon("machine");
    return "elsewhere";
  }
  // Whoever is at work may be the apply that an earlier omgd began: until it is over, what it began stays open.
  if (ran.code === EXIT.busy || ran.code === EXIT.stale) {
    soon(what === "drift" ? "machine" : "retry");
    keep({ unfinished: before });
    if (before === undefined) return "elsewhere";
    keep(changing(round));
    soon("machine");
    return "under way";
  }
  if (!isCutOff(ran)) keep({ unfinished: before });
  if (!ctx.signal.aborted) fail(round, what, commit, ran);
  return "failed";
}

/** What may be done at this moment. What was begun is finished, whatever closes meanwhile. */
async function now({ ctx, settings, state, keep }: Round, purpose: Purpose, commit: string): Promise<Mode> {
  keep(await leaveOf(ctx, settings, purpose, state()));
  const begun = state().unfinished === commit || trialOf(state(), commit)?.applied === true;
  const open = begun || opening(purpose, state(), settings, ctx.now()).open;
  const { mode } = modeOf(purpose, begun ? {} : state(), settings);
  return modeNow(mode, readSuspension(foldersOf(ctx).suspension) !== undefined, open);
}

function countOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}
