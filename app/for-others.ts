import { adopt, adoptable } from "../reconciler/adopt.ts";
import { observe } from "../reconciler/observe.ts";
import { scopeDigest } from "../reconciler/plan.ts";
import { reconcile } from "../reconciler/reconcile.ts";
import type { ScopeWorld, World } from "../reconciler/world.ts";
import { OmgError } from "../schema/error.ts";
import type { ArtifactSource } from "../schema/model/artifact-source.ts";
import type { Desired, LockIdentity } from "../schema/model/desired.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { AdoptRequest, ApplyRequest } from "../schema/wire/root-request.ts";
import type { Context } from "./context.ts";
import { keptOrOffered } from "./evidence.ts";
import { readPolicies } from "./policies.ts";
import { offeredBundles } from "./provenance.ts";
import type { AdoptResult } from "./results.ts";
import { chooseProviders } from "./selection.ts";
import { composeWorld } from "./world.ts";
import { asWriter } from "./writing.ts";

// What omg-root does for another user: the same stages as everywhere, over what root reads itself, under the machine's policy.

/**
 * Plans anew, and applies only when that is the very plan that the person agreed to.
 * @returns the new generation's number
 * @throws OmgError `plan-stale` and whatever the stages refuse
 */
export async function applyFor(ctx: Context, request: ApplyRequest, offered: ArtifactSource): Promise<number> {
  const { world, scope } = await systemWorld(ctx, request.lock, request.lockDigest, request.desired, request.commit);
  const kept = keptOrOffered(scope.store, offered);
  const consent = async (plan: Plan) => {
    if (scopeDigest(scope, plan) !== request.expected) throw stale();
  };
  const bundles = offeredBundles(scope.store, offered, request.bundles ?? {});
  const scopes = world.scopes.map((each) => (each === scope ? { ...each, kept: kept.find } : each));
  const desk = world.provenance === undefined ? {} : { provenance: { ...world.provenance, sources: [bundles.source] } };
  const { goal, allowDowngrades, unlessHeld = false } = request;
  const outcome = await reconcile(
    { ...world, ...desk, scopes },
    { goal, until: "end", allowDowngrades, unlessHeld, consent },
    [offered],
  ).catch((cause: unknown) => {
    // Whoever is refused must not leave anything in root's store.
    if (scope.log.open() === undefined) {
      kept.takeBack();
      bundles.takeBack();
    }
    throw cause;
  });
  return outcome.generations.system ?? scope.generations.latest();
}

export async function recoverFor(ctx: Context, lock: LockIdentity): Promise<void> {
  const { world, scope } = await systemWorld(ctx, lock, "", []);
  await asWriter(world, scope, async () => undefined);
}

export async function adoptFor(ctx: Context, request: AdoptRequest): Promise<AdoptResult> {
  const { world, scope } = await systemWorld(ctx, request.lock, request.lockDigest, request.desired);
  return asWriter(world, scope, async () => {
    const observed = await observe(world);
    const names = new Set(request.names);
    const chosen = [...adoptable(world, scope, observed)].filter(([address]) =>
      names.has(address.slice(address.indexOf(".") + 1)),
    );
    return adopt(world, scope, observed, new Map(chosen));
  });
}

async function systemWorld(
  ctx: Context,
  lock: LockIdentity,
  lockDigest: string,
  desired: readonly Desired[],
  commit?: string,
): Promise<{ readonly world: World; readonly scope: ScopeWorld }> {
  const world = await composeWorld(ctx, {
    lock,
    lockDigest,
    ...(commit === undefined ? {} : { commit }),
    policies: await readPolicies(ctx, undefined),
    choose: async (all) => {
      const system = all.filter((provider) => provider.scope === "system");
      return (await chooseProviders(system, {}, undefined)).providers;
    },
    desired: (providers) => desired.filter((one) => providers.some((provider) => provider.name === one.provider)),
    whole: true,
  });
  const scope = world.scopes.find((candidate) => candidate.scope === "system");
  if (scope === undefined)
    throw new OmgError({
      code: "no-provider",
      exit: "error",
      message: "This machine has no package manager that omg knows.",
      state: "Nothing was changed.",
    });
  return { world, scope };
}

function stale(): OmgError {
  return new OmgError({
    code: "plan-stale",
    exit: "stale",
    message: "Root's own plan is not the one that was agreed to: its sources, its configuration or the machine differ.",
    state: "Nothing was changed.",
    hint: "Run the command again; it plans anew.",
  });
}
