import { OmgError } from "../schema/error.ts";
import type { Plan } from "../schema/model/plan.ts";
import { observe } from "./observe.ts";
import { untouched } from "./ownership.ts";
import type { ScopeWork } from "./work.ts";
import type { ScopeWorld, World } from "./world.ts";

/**
 * Between the plan and its execution there was a question and a download. What the plan rests on must still be so: the sources
 * and settings of each provider, and the state of everything that a step touches.
 * @throws OmgError `plan-stale`
 */
export async function refuseMoved(world: World, scope: ScopeWorld, plan: Plan, work: ScopeWork): Promise<void> {
  const observed = await observe(world, plan.goal, scope.scope);
  const steps = work.transactions.flatMap((transaction) => transaction.steps);
  const moved = steps.filter((step) => !untouched(step, observed)).map(({ address }) => `${address} is not as it was.`);
  for (const provider of scope.providers) {
    if ((await provider.fingerprint()) !== plan.binding.providers[provider.name])
      moved.push(`The sources or settings of ${provider.name} are not as they were.`);
  }
  if (moved.length === 0) return;
  throw new OmgError({
    code: "plan-stale",
    exit: "stale",
    message: "Something changed between the plan and its execution.",
    state: "Nothing was changed by omg.",
    hint: "Run the command again; it plans anew.",
    details: moved,
  });
}
