import { takeLeases } from "../reconciler/lease.ts";
import { recover } from "../reconciler/recover.ts";
import type { ScopeWorld, World } from "../reconciler/world.ts";

/**
 * Does something as the only writer of a scope, once whatever an interrupted run left there is finished.
 * @throws OmgError `busy` and whatever recovery throws
 */
export async function asWriter<T>(world: World, scope: ScopeWorld, act: () => Promise<T>): Promise<T> {
  const leases = await takeLeases({ scopes: [scope] });
  try {
    await recover(world, scope);
    return await act();
  } finally {
    for (const lease of leases) lease.release();
  }
}

/** Finishes what an interrupted run left in a scope, by whoever may write it. */
export async function finishInterrupted(world: World, scope: ScopeWorld): Promise<void> {
  if (scope.remote !== undefined) await scope.remote.recover(world, scope);
  else await asWriter(world, scope, async () => undefined);
}
