import type { Outcome } from "../reconciler/reconcile.ts";
import type { Plan } from "../schema/model/plan.ts";

/** A run that went past the diff has a plan. */
export function planOf(outcome: Outcome): Plan {
  if (outcome.plan === undefined) throw new Error("a run past the diff has a plan");
  return outcome.plan;
}
