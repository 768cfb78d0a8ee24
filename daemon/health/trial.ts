import type { Context } from "../../app/context.ts";
import { EXIT } from "../../schema/error.ts";
import { runOmg } from "../child.ts";
import type { Problem } from "../problem.ts";
import { foldersOf } from "../settings.ts";
import { treeOf } from "../source/point.ts";
import type { State, StateChange, Trial } from "../state.ts";
import type { HealthResult } from "./health.ts";

/** How a look at the health of the machine went. */
export type Looked =
  | { readonly health: HealthResult }
  /** It could not be told, or the lock asks for what this machine does not have. */
  | { readonly problem: Problem; readonly code: number | undefined };

/** How going back ended. `busy`: another program is at work, and it has to be tried again. */
export type GoneBack =
  | { readonly end: "back"; readonly to: readonly string[] }
  | { readonly end: "busy" | "cut off" }
  | { readonly end: "stuck"; readonly problem: Problem };

/** Runs the checks of the lock that the link leads to, in a child. */
export async function lookAtHealth(ctx: Context, wait: boolean): Promise<Looked> {
  const ran = await runOmg(ctx, ["daemon", "health", ...(wait ? ["--wait"] : [])]);
  const { checks, generations } = ran.document as unknown as Partial<HealthResult>;
  if (checks === undefined || generations === undefined) return { problem: ran.problem ?? NO_ANSWER, code: ran.code };
  return { health: { checks, generations, ...(ran.problem === undefined ? {} : { problem: ran.problem }) } };
}

const NO_ANSWER: Problem = {
  code: "child-failed",
  message: "omg daemon health gave no answer.",
  details: [],
  state: undefined,
  hint: undefined,
};

export function failedIn({ checks }: HealthResult): readonly string[] {
  return checks.filter(({ healthy }) => !healthy).map(({ name }) => name);
}

/** What is known of the machine's health after an apply. */
export function healthChange(
  { checks, problem }: HealthResult,
  commit: string,
  before: readonly string[],
  now: Date,
): StateChange {
  if (checks.length === 0) return { health: undefined };
  const failed = checks.filter(({ healthy }) => !healthy).map(({ name }) => name);
  const found = { commit, time: now.toISOString(), checks: checks.length, failed, before };
  return { health: problem === undefined ? found : { ...found, problem } };
}

/** Goes back to the generations that were there before a commit, each scope that moved by itself, through the same gate. */
export async function goBack(
  ctx: Context,
  { commit, generations }: Trial,
  now: HealthResult["generations"],
): Promise<GoneBack> {
  const to: string[] = [];
  for (const scope of ["user", "system"] as const) {
    if (now[scope] <= generations[scope]) continue;
    // The first generation of all is what was there before omg's first change.
    const goal = `${scope}:${Math.max(0, generations[scope])}`;
    const ran = await runOmg(ctx, ["rollback", goal, "--yes"], true, treeOf(foldersOf(ctx), commit));
    if (ran.code === EXIT.busy || ran.code === EXIT.stale) return { end: "busy" };
    if (ctx.signal.aborted) return { end: "cut off" };
    if (ran.problem !== undefined) return { end: "stuck", problem: ran.problem };
    to.push(goal);
  }
  return { end: "back", to };
}

/** Why a commit is not in force that was applied. */
export function verdictOf(verdict: Problem, gone: GoneBack): Problem {
  if (gone.end === "back" && gone.to.length > 0) {
    const state = `The machine was taken back to ${gone.to.join(" and ")}. Configuration files and data that packages changed are not taken back by that.`;
    return { ...verdict, state };
  }
  if (gone.end !== "stuck")
    return { ...verdict, state: "The apply had changed nothing, so there is nothing to take back." };
  const { message, details, hint } = gone.problem;
  return {
    code: "unhealthy-and-stuck",
    message: `${verdict.message} Taking the machine back did not work: ${message}`,
    details: [...verdict.details, ...details].slice(0, 8),
    state: "What the commit brought may still be there.",
    hint,
  };
}

/** The state's trial of this commit; undefined for one that was not begun. */
export function trialOf({ trial }: State, commit: string): Trial | undefined {
  return trial?.commit === commit ? trial : undefined;
}
