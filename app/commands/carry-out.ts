import { type Outcome, reconcile } from "../../reconciler/reconcile.ts";
import type { Request, World } from "../../reconciler/world.ts";
import { OmgError } from "../../schema/error.ts";
import type { Plan } from "../../schema/model/plan.ts";
import type { Context } from "../context.ts";
import type { ApplyResult } from "../results.ts";
import { planOf } from "./plan-of.ts";

class Declined extends Error {
  readonly plan: Plan;

  constructor(plan: Plan) {
    super("the person said no");
    this.plan = plan;
  }
}

/** Consent by `--yes`, or by a person at a terminal. */
export function asking(ctx: Context, yes: boolean): Request["consent"] {
  return async (plan) => {
    if (yes || plan.steps.length === 0) return;
    if (ctx.confirm === undefined) {
      throw new OmgError({
        code: "no-consent",
        exit: "consent",
        message: "There is nobody to ask whether this plan may be applied.",
        state: "Nothing was changed.",
        hint: "Look at it with `omg plan`, then give --yes.",
      });
    }
    if (!(await ctx.confirm(plan))) throw new Declined(plan);
  };
}

/** Runs an apply or a rollback, and says how it ended. */
export async function carryOut(world: World, request: Request): Promise<ApplyResult> {
  try {
    return resultOf(await reconcile(world, request), request.until);
  } catch (cause) {
    if (!(cause instanceof Declined)) throw cause;
    return { plan: cause.plan, outcome: "declined", generations: {}, operations: [], verdict: cause.plan.verdict };
  }
}

function resultOf(outcome: Outcome, until: Request["until"]): ApplyResult {
  const plan = planOf(outcome);
  const applied = plan.steps.length > 0 ? "applied" : "nothing";
  return {
    plan,
    outcome: until === "end" ? applied : "shown",
    generations: outcome.generations,
    operations: outcome.operations,
    verdict: outcome.verdict ?? plan.verdict,
  };
}
