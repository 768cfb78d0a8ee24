import type { Goal } from "../schema/model/plan.ts";
import type { Observed, Scope } from "../schema/model/resource.ts";
import { desiredByGoal } from "./generation-goal.ts";
import { providersOf, type World } from "./world.ts";

/** Live state of every provider that takes part, by provider, as a run towards `goal` sees it. Reads; changes nothing. */
export async function observe(
  world: World,
  goal: Goal = { type: "lock" },
  scope?: Scope,
): Promise<ReadonlyMap<string, Observed>> {
  const taking = providersOf(world).filter((entry) => scope === undefined || entry.scope.scope === scope);
  const desired = new Map(
    world.scopes.flatMap((one) => desiredByGoal(world, one, goal)).map((each) => [each.provider, each]),
  );
  const seen = await Promise.all(taking.map(({ provider }) => provider.observe(desired.get(provider.name))));
  return new Map(seen.map((observed) => [observed.provider, observed]));
}

/** What interrupted runs of package managers left behind, in words. */
export function interruptions(observed: ReadonlyMap<string, Observed>): readonly string[] {
  return [...observed.values()].flatMap((one) => one.interrupted);
}
