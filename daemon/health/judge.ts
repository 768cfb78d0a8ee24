import { fail, lead, type Round, remember } from "../failing.ts";
import type { Problem } from "../problem.ts";
import type { Trial } from "../state.ts";
import { failedIn, goBack, healthChange, lookAtHealth, trialOf, verdictOf } from "./trial.ts";

/**
 * Writes down, before a commit is applied, what is so now: the generations, and which checks of the commit in force fail already. One that
 * was begun before and not judged goes on.
 * @returns undefined where that cannot be told, and nothing should be applied
 */
export async function beginTrial(round: Round, commit: string): Promise<Trial | undefined> {
  const { ctx, state, keep, settings } = round;
  const begun = trialOf(state(), commit);
  if (begun !== undefined) return begun;
  const { inForce } = state();
  if (settings.checks.length === 0) return { commit, generations: { system: -1, user: -1 }, failed: [] };
  // What only the new lock asks for does not have to hold before what it brings is here.
  if (!(await lead(round, "rollForward", inForce?.commit ?? commit))) return undefined;
  const looked = await lookAtHealth(ctx, false);
  if (!(await lead(round, "rollForward", commit))) return undefined;
  if ("problem" in looked) {
    fail(round, "rollForward", commit, looked);
    return undefined;
  }
  const failed = inForce === undefined ? [] : failedIn(looked.health);
  const trial = { commit, generations: looked.health.generations, failed };
  keep({ trial });
  return trial;
}

/** Judges what was applied by its checks, and goes back where it made one fail. @returns whether it stays */
export async function holdsUp(round: Round, trial: Trial): Promise<boolean> {
  const { ctx, keep, settings } = round;
  if (settings.checks.length === 0) return true;
  keep({ trial: { ...trial, applied: true }, doing: "checking" });
  const looked = await lookAtHealth(ctx, true);
  if (ctx.signal.aborted) return false;
  if ("problem" in looked) {
    fail(round, "rollForward", trial.commit, looked);
    return false;
  }
  const { health } = looked;
  const worse = failedIn(health).some((name) => !trial.failed.includes(name));
  if (health.problem !== undefined && worse) return takeBack(round, trial, health.problem);
  keep(healthChange(health, trial.commit, trial.failed, ctx.now()));
  return true;
}

/** The machine as it was before the commit, which is held off from now on. @returns false */
export async function takeBack(round: Round, trial: Trial, verdict: Problem): Promise<false> {
  const { ctx, keep, soon } = round;
  keep({ trial: { ...trial, verdict }, doing: "applying" });
  ctx.emit({ type: "stage", stage: "apply", state: "started" });
  const looked = await lookAtHealth(ctx, false);
  if (ctx.signal.aborted) return false;
  const gone =
    "problem" in looked
      ? ({ end: "stuck", problem: looked.problem } as const)
      : await goBack(ctx, trial, looked.health.generations);
  ctx.emit({ type: "stage", stage: "apply", state: "finished" });
  if (gone.end === "busy") soon("retry");
  if (gone.end === "busy" || gone.end === "cut off") return false;
  remember(round, "rollForward", { commit: trial.commit, problem: verdictOf(verdict, gone), kind: "holds" });
  keep({ trial: undefined, waiting: undefined });
  return false;
}

/** What the checks say after drift was put back. There is nothing to go back to: it is what the commit in force says. */
export async function seeHealth({ ctx, state, keep, settings }: Round, commit: string): Promise<void> {
  if (settings.checks.length === 0) return;
  const before = state().health?.failed ?? [];
  const looked = await lookAtHealth(ctx, true);
  if ("health" in looked) keep(healthChange(looked.health, commit, before, ctx.now()));
}
