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
  if (ctx.accept === undefined) return;
  const path = findLock(ctx, selection);
  if (path === undefined) return;
  const { lock } = await readLockAt(ctx, path);
  const judging = await policiesOf(ctx, lock);
  if (judging.held === undefined) return;
  if (await ctx.accept(judging.path, judging.held.loosenings)) await accept(ctx, judging);
}
