import type { World } from "../reconciler/world.ts";
import type { Desired } from "../schema/model/desired.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { Provider } from "../schema/model/provider.ts";
import type { Context, Selection } from "./context.ts";
import { type FoundLock, readLock } from "./lock-file.ts";
import { refuseUnpinned, refuseUnpinnedSteps } from "./locked.ts";
import { type HeldPolicies, heldNote, policiesOf } from "./policies.ts";
import { chooseProviders } from "./selection.ts";
import { composeWorld } from "./world.ts";

/** A lock, and the world it is about. */
export interface Prepared {
  readonly found: FoundLock;
  readonly world: World;
  /**
   * What the options demand of a plan before it is shown or agreed to.
   * @throws OmgError `unpinned`
   */
  readonly admit: (plan: Plan) => void;
  /** What its plans are judged by. */
  readonly judging: HeldPolicies;
}

export interface PrepareOptions extends Selection {
  /** Refuse anything that is not pinned for this platform. */
  readonly locked?: boolean;
}

/** Reads lock and policies and composes the world that a plan, check or apply of this lock works on. */
export async function prepare(ctx: Context, options: PrepareOptions): Promise<Prepared> {
  return prepareFor(ctx, options, await readLock(ctx, options));
}

/** As `prepare`, for a lock that was read already. */
export async function prepareFor(ctx: Context, options: PrepareOptions, found: FoundLock): Promise<Prepared> {
  const judging = await policiesOf(ctx, found.lock);
  const notes: string[] = [...heldNote(judging)];
  const world = await composeWorld(ctx, {
    lock: found.identity,
    lockDigest: found.lock.digest,
    ...(found.commit === undefined ? {} : { commit: found.commit }),
    policies: judging.policies,
    choose: async (all) => {
      const chosen = await chooseProviders(all, options, found.lock);
      notes.push(...chosen.notes);
      return chosen.providers;
    },
    desired: (providers) => desiredOf(providers, found, notes),
    whole: options.only === undefined && options.skip === undefined,
  });
  if (options.locked !== true) return { found, world, judging, admit: () => undefined };
  refuseUnpinned(world.desired, found.lock.platform);
  return { found, world, judging, admit: (plan) => refuseUnpinnedSteps(plan, world.desired) };
}

function desiredOf(providers: readonly Provider[], found: FoundLock, notes: readonly string[]): readonly Desired[] {
  const desired = providers.map((provider) => provider.desired(found.lock));
  const [first, ...rest] = desired;
  return first === undefined ? [] : [{ ...first, notes: [...notes, ...first.notes] }, ...rest];
}
