import type { Context, Selection } from "./context.ts";
import { readLockAt, requireLock } from "./lock-file.ts";
import { type HeldPolicies, policiesOf } from "./policies.ts";

/** What runs of the lock in reach are held to. Errors: those of reading lock and policies. */
export async function policiesInReach(ctx: Context, selection: Selection): Promise<HeldPolicies> {
  const { lock } = await readLockAt(ctx, requireLock(ctx, selection), "drop");
  return policiesOf(ctx, lock);
}
