import { OmgError } from "../schema/error.ts";
import type { Step } from "../schema/model/transaction.ts";
import { compareScope } from "./compare.ts";
import { interruptions, observe } from "./observe.ts";
import { holds } from "./ownership.ts";
import type { ScopeWork } from "./work.ts";
import type { Request, ScopeWorld, World } from "./world.ts";

/**
 * Reads the machine again: every step must hold, nothing may be left over, and a second run would have nothing to do.
 * Exit codes of package managers are not evidence.
 * @throws OmgError `not-confirmed`
 */
export async function confirm(world: World, scope: ScopeWorld, request: Request, work: ScopeWork): Promise<void> {
  const observed = await observe(world, request.goal, scope.scope);
  const missed = work.transactions.flatMap((transaction) => transaction.steps).filter((step) => !holds(step, observed));
  const rest = compareScope(world, scope, request, observed, work.after).changes;
  const faults = [
    ...missed.map(describe),
    ...rest.map((change) => `${change.address}: still to do: ${change.kind}`),
    ...interruptions(observed),
  ];
  if (faults.length === 0) return;
  throw new OmgError({
    code: "not-confirmed",
    exit: "partly",
    message: "The package manager said that it was done, and the machine is not what was planned.",
    hint: "Look at what is named above, then run `omg plan`.",
    details: [...new Set(faults)],
  });
}

function describe(step: Step): string {
  const wanted =
    step.after === null
      ? "gone"
      : Object.entries(step.after)
          .map(([key, value]) => `${key} ${String(value).includes("\n") ? "as planned" : value}`)
          .join(", ");
  return `${step.address}: is not ${wanted}`;
}
