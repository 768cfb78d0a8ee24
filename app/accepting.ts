import { hostname } from "node:os";
import { takeLeases } from "../reconciler/lease.ts";
import { note } from "../reconciler/note.ts";
import type { Context, Selection } from "./context.ts";
import { findLock, readLockAt } from "./lock-file.ts";
import { type HeldPolicies, policiesOf } from "./policies.ts";
import { readOnlyScope } from "./world.ts";

/**
 * Lets the looser policy beside a lock count on this machine: first in the log, then in fact. Errors: those of the log and of
 * the disk, after which it does not count.
 */
export async function accept(ctx: Context, { held, path, policies }: HeldPolicies): Promise<void> {
  if (held === undefined) return;
  const { acceptPolicy } = await import("./held-policy.ts");
  const scope = readOnlyScope(ctx, ctx.uid === 0 ? "system" : "user");
  const leases = await takeLeases({ scopes: [{ ...scope, providers: [] }] });
  try {
    note({ actor: ctx.user, host: hostname() }, scope, "policy.accepted", path, {
      policy: policies.digests[path],
      loosenings: held.loosenings,
    });
    acceptPolicy(ctx, path, policies.repository);
  } finally {
    for (const lease of leases) lease.release();
  }
}

/** Asks the person at the terminal, who is about to apply a lock whose policy was loosened. A no leaves the earlier one in force. */
export async function offerAcceptance(ctx: Context, selection: Selection): Promise<void> {
  await (await acceptanceOf(ctx, selection))?.();
}

/** What asks that person, from what was read now; undefined where there is nothing to ask, or nobody. */
export async function acceptanceOf(ctx: Context, selection: Selection): Promise<(() => Promise<void>) | undefined> {
  const { accept: ask } = ctx;
  const path = ask === undefined ? undefined : findLock(ctx, selection);
  if (ask === undefined || path === undefined) return undefined;
  const { lock } = await readLockAt(ctx, path);
  const judging = await policiesOf(ctx, lock);
  const { held } = judging;
  if (held === undefined) return undefined;
  return async () => {
    if (await ask(judging.path, held.loosenings)) await accept(ctx, judging);
  };
}
