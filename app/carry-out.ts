import { type Outcome, reconcile } from "../reconciler/reconcile.ts";
import type { Request, World } from "../reconciler/world.ts";
import { OmgError } from "../schema/error.ts";
import type { Event } from "../schema/model/events.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { Context } from "./context.ts";
import { countingNearby } from "./peers/nearby.ts";
import { planOf } from "./plan-of.ts";
import type { ApplyResult, LockEditing } from "./results.ts";

class Declined extends Error {
  readonly plan: Plan;

  constructor(plan: Plan) {
    super("the person said no");
    this.plan = plan;
  }
}

const UNCHANGED = "Nothing was changed.";

/** Consent by `--yes`, or by a person at a terminal. `edit`: what becomes of the lock, where it is changed as well. */
export function asking(ctx: Context, yes: boolean, edit?: LockEditing): Request["consent"] {
  return async (plan) => {
    if (yes || (plan.steps.length === 0 && edit === undefined)) return;
    if (ctx.confirm === undefined) {
      throw new OmgError({
        code: "no-consent",
        exit: "consent",
        message: "There is nobody to ask whether this plan may be applied.",
        state: UNCHANGED,
        hint: `Look at it with ${edit === undefined ? "`omg plan`" : "--dry-run"}, then give --yes.`,
      });
    }
    if (!(await ctx.confirm(plan, edit))) throw new Declined(plan);
  };
}

/** Runs an apply or a rollback, and says how it ended. `before`: an interrupted run was finished already. */
export async function carryOut(world: World, request: Request, before = false): Promise<ApplyResult> {
  let recovered = before;
  const emit = (event: Event) => {
    if (event.type === "recovered") recovered = true;
    world.emit(event);
  };
  const counting = countingNearby(world);
  try {
    const result = resultOf(await reconcile({ ...counting.world, emit }, request), request.until);
    const notes = [...counting.notes(), ...(result.notes ?? [])];
    return { ...result, ...(notes.length === 0 ? {} : { notes }), recovered };
  } catch (cause) {
    if (cause instanceof OmgError && recovered) throw besidesRecovery(cause);
    if (!(cause instanceof Declined)) throw cause;
    const { plan } = cause;
    return { plan, outcome: "declined", recovered, generations: {}, operations: [], verdict: plan.verdict };
  }
}

/** Whoever threw it could not know that this run had finished an earlier one first. */
function besidesRecovery(error: OmgError): OmgError {
  if (error.state !== UNCHANGED) return error;
  const { code, exit, message, hint, details, cause } = error;
  return new OmgError({
    code,
    exit,
    message,
    state: "Nothing was changed beyond the recovery named above.",
    ...(hint === undefined ? {} : { hint }),
    details,
    cause,
  });
}

function resultOf(outcome: Outcome, until: Request["until"]): Omit<ApplyResult, "recovered"> {
  const plan = planOf(outcome);
  const applied = plan.steps.length > 0 ? "applied" : "nothing";
  return {
    plan,
    outcome: until === "end" ? applied : "shown",
    generations: outcome.generations,
    operations: outcome.operations,
    verdict: outcome.verdict ?? plan.verdict,
    ...(outcome.notes === undefined ? {} : { notes: outcome.notes }),
  };
}
