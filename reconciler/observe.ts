import type { Desired, UnmanagedRule, Wanted } from "../schema/model/desired.ts";
import type { Goal } from "../schema/model/plan.ts";
import type { Observed, Scope } from "../schema/model/resource.ts";
import { desiredByGoal } from "./generation-goal.ts";
import { providersOf, type ScopeWorld, type World } from "./world.ts";

/** Live state of every provider that takes part, by provider, as a run towards `goal` sees it. Reads; changes nothing. */
export async function observe(
  world: World,
  goal: Goal = { type: "lock" },
  scope?: Scope,
): Promise<ReadonlyMap<string, Observed>> {
  const taking = providersOf(world).filter((entry) => scope === undefined || entry.scope.scope === scope);
  const desired = new Map(
    world.scopes.flatMap((one) => withEarlier(world, one, goal)).map((each) => [each.provider, each]),
  );
  const seen = await Promise.all(taking.map(({ provider }) => provider.observe(desired.get(provider.name))));
  return new Map(seen.map((observed) => [observed.provider, observed]));
}

/**
 * What is wanted, and what the last apply wanted besides: some providers know what is there only by what it is held against, and
 * what is not looked for would seem to have gone.
 */
function withEarlier(world: World, scope: ScopeWorld, goal: Goal): readonly Desired[] {
  const desired = desiredByGoal(world, scope, goal);
  const earlier = scope.bases.read(world.binding.lock)?.wanted ?? [];
  return scope.providers.flatMap(({ name: provider }) => {
    const now = desired.find((each) => each.provider === provider);
    const named = new Set(now?.wanted.map(({ name }) => name));
    const more = earlier
      .filter((wanted) => wanted.provider === provider && !named.has(wanted.name))
      .map((wanted): Wanted => ({ ...wanted, past: true }));
    if (now === undefined && more.length === 0) return [];
    return [{ ...(now ?? { provider, unmanaged: NOTHING, notes: [] }), wanted: [...(now?.wanted ?? []), ...more] }];
  });
}

const NOTHING: UnmanagedRule = { mode: "ignore", foreign: "report", ignore: [] };

/** What interrupted runs of package managers left behind, in words. */
export function interruptions(observed: ReadonlyMap<string, Observed>): readonly string[] {
  return [...observed.values()].flatMap((one) => one.interrupted);
}
