import type { Verdict } from "../schema/model/artifact.ts";
import type { Goal } from "../schema/model/plan.ts";
import type { Observed } from "../schema/model/resource.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { elsewhereOf } from "./compare.ts";
import { keptForOthers } from "./generation-goal.ts";
import { heldAt } from "./held.ts";
import { keyNotes } from "./keys-to-come.ts";
import type { World } from "./world.ts";

/** Things worth knowing about a plan that stop nothing: omg's own first, then the providers'. */
export function planNotes(
  world: World,
  goal: Goal,
  observed: ReadonlyMap<string, Observed>,
  transactions: readonly Transaction[],
  verdict: Verdict,
): readonly string[] {
  return [
    ...keyNotes({ verdict }),
    ...(goal.type === "lock" ? [...heldNotes(world), ...silentNotes(world)] : othersNotes(world, goal, observed)),
    ...world.desired.flatMap((desired) => desired.notes),
    ...transactions.flatMap((transaction) => transaction.notes),
  ];
}

/** While a rollback holds the machine, applying the same lock again goes forward to what was rolled back. */
function heldNotes(world: World): readonly string[] {
  return world.scopes.flatMap((scope) => {
    const generation = heldAt(world, scope);
    return generation === undefined
      ? []
      : [`A rollback holds this machine at ${scope.scope}:${generation}; applying this lock goes forward again.`];
  });
}

/** A section that is gone may be a mistake; what omg owns goes only when the lock still speaks of its provider. */
function silentNotes(world: World): readonly string[] {
  return world.desired.flatMap(({ provider, silent }) => {
    const owners = world.scopes.map((scope) => scope.bases.read(world.binding.lock)?.owned ?? {});
    const count = owners
      .flatMap((owned) => Object.keys(owned))
      .filter((address) => address.startsWith(`${provider}.`)).length;
    return silent === true && count > 0
      ? [
          `The lock does not mention ${provider} any more, so the ${count} that omg owns there stay. An empty section removes them.`,
        ]
      : [];
  });
}

function othersNotes(
  world: World,
  goal: Extract<Goal, { type: "generation" }>,
  observed: ReadonlyMap<string, Observed>,
): readonly string[] {
  const scope = world.scopes.find((candidate) => candidate.scope === goal.scope);
  if (scope === undefined) return [];
  const kept = keptForOthers(scope, goal.number, observed, elsewhereOf(world, scope));
  return kept.length === 0
    ? []
    : [`Another lock on this machine wants what came since, so it stays: ${kept.join(", ")}.`];
}
