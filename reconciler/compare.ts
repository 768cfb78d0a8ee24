import type { Base } from "../schema/model/base.ts";
import type { Diff } from "../schema/model/change.ts";
import type { Wanted } from "../schema/model/desired.ts";
import type { Address, Observed } from "../schema/model/resource.ts";
import { diff, mergeDiffs } from "./diff.ts";
import { desiredByGoal } from "./generation-goal.ts";
import { providersOf, type Request, type ScopeWorld, type World } from "./world.ts";

/** The diff of every scope against its own base, as one. */
export function compare(world: World, request: Request, observed: ReadonlyMap<string, Observed>): Diff {
  const parts = world.scopes.map((scope) =>
    compareScope(world, scope, request, observed, scope.bases.read(world.binding.lock)),
  );
  return mergeDiffs(parts);
}

/** @param only names to be compared, where the rest is known to be as it should; absent: all */
export function compareScope(
  world: World,
  scope: ScopeWorld,
  request: Request,
  observed: ReadonlyMap<string, Observed>,
  base: Base | undefined,
  only?: ReadonlySet<string>,
): Diff {
  const names = new Set(scope.providers.map((provider) => provider.name));
  const those = (wanted: readonly Wanted[]) =>
    only === undefined ? wanted : wanted.filter(({ name }) => only.has(name));
  const desired = desiredByGoal(world, scope, request.goal).filter(({ provider }) => names.has(provider));
  return diff({
    base: base && { ...base, wanted: those(base.wanted) },
    elsewhere: elsewhereOf(world, scope),
    desired: desired.map((each) => ({ ...each, wanted: those(each.wanted) })),
    observed,
    cameFrom: (address, version) => scope.records.artifact(address, version)?.origin,
    versioning: new Map(providersOf(world).map(({ provider }) => [provider.name, provider.versioning])),
    allowDowngrades: request.allowDowngrades || request.goal.type === "generation",
    rollback: request.goal.type === "generation",
  });
}

/** What other locks on this machine count on. */
export function elsewhereOf(world: World, scope: ScopeWorld): ReadonlySet<Address> {
  const addresses = scope.bases
    .others(world.binding.lock)
    .flatMap(({ owned, wanted }) => [
      ...(Object.keys(owned) as Address[]),
      ...wanted.flatMap(({ provider, name, presence }): Address[] =>
        presence === "present" ? [`${provider}.${name}`] : [],
      ),
    ]);
  return new Set(addresses);
}
