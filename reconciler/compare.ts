import type { Base, Generation } from "../schema/model/base.ts";
import type { Diff } from "../schema/model/change.ts";
import type { Desired, Wanted } from "../schema/model/desired.ts";
import type { Goal } from "../schema/model/plan.ts";
import type { Attributes, Observed } from "../schema/model/resource.ts";
import { diff } from "./diff.ts";
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
    desired: desiredOf(world, scope, request.goal).filter((desired) => names.has(desired.provider)),
    observed,
    versioning: new Map(providersOf(world).map(({ provider }) => [provider.name, provider.versioning])),
    allowDowngrades: request.allowDowngrades || request.goal.type === "generation",
    rollback: request.goal.type === "generation",
  });
}

/** What the goal wants of one scope. A rollback leaves the other scope alone. */
function desiredOf(world: World, scope: ScopeWorld, goal: Goal): readonly Desired[] {
  if (goal.type === "lock") return world.desired;
  if (goal.scope !== scope.scope) return [];
  return towards(scope.generations.read(goal.number));
}

/** A generation's snapshot as something to want. */
function towards(generation: Generation): readonly Desired[] {
  return Object.entries(generation.installed).map(([provider, resources]) => ({
    provider,
    wanted: Object.entries(resources).map(([name, attributes]) =>
      snapshotWanted(provider, name, attributes, generation),
    ),
    unmanaged: { mode: "ignore", foreign: "report", ignore: [] },
    notes: [],
  }));
}

function snapshotWanted(provider: string, name: string, all: Attributes, generation: Generation): Wanted {
  const { version, ...attributes } = all;
  if (typeof version !== "string") return { provider, name, presence: "present", attributes };
  const sha256 = generation.artifacts[`${provider}.${name}=${version}`];
  return {
    provider,
    name,
    presence: "present",
    attributes,
    pin: { version, ...(sha256 === undefined ? {} : { sha256 }) },
  };
}

function mergeDiffs(parts: readonly Diff[]): Diff {
  return {
    drift: parts.flatMap((part) => part.drift),
    changes: parts.flatMap((part) => part.changes),
    ahead: parts.flatMap((part) => part.ahead),
    unmanaged: parts.flatMap((part) => part.unmanaged),
    foreign: parts.flatMap((part) => part.foreign),
    unpinned: parts.flatMap((part) => part.unpinned),
    satisfied: parts.reduce((sum, part) => sum + part.satisfied, 0),
    unreadable: parts.flatMap((part) => part.unreadable),
  };
}
