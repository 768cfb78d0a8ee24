import type { Base } from "../schema/model/base.ts";
import type { Diff } from "../schema/model/change.ts";
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

export function compareScope(
  world: World,
  scope: ScopeWorld,
  request: Request,
  observed: ReadonlyMap<string, Observed>,
  base: Base | undefined,
): Diff {
  const names = new Set(scope.providers.map((provider) => provider.name));
  return diff({
    base,
    elsewhere: elsewhereOf(world, scope),
    desired: desiredByGoal(world, scope, request.goal).filter((desired) => names.has(desired.provider)),
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
