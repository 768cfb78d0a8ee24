import { hostname } from "node:os";
import { digestOf } from "../../host/canonical-json.ts";
import { takeLeases } from "../../reconciler/lease.ts";
import { note } from "../../reconciler/note.ts";
import type { BundleManifest, Received } from "../../schema/wire/bundle-schema.ts";
import { readReceived, withBundle, writeReceived } from "../../team/bundle/received.ts";
import type { Context } from "../context.ts";
import { witnessesFor } from "../witness.ts";
import { readOnlyScope } from "../world.ts";
import { closeLayout, finish, openLayout } from "./layout.ts";
import { ownPaths } from "./place.ts";
import type { SenderTrust } from "./sender.ts";

/** Whose word it was stands in the log before any of it counts. Errors: those of the log. */
export async function logBundle(
  ctx: Context,
  folder: string,
  trust: SenderTrust,
  manifest: BundleManifest,
): Promise<void> {
  const scope = readOnlyScope(ctx, ctx.uid === 0 ? "system" : "user", await witnessesFor(ctx));
  const leases = await takeLeases({ scopes: [{ ...scope, providers: [] }] });
  try {
    const { lock, from, host, number } = manifest;
    const data = { lock, from, host, number, trust, manifest: digestOf(manifest) };
    note({ actor: ctx.user, host: hostname() }, scope, "bundle.accepted", folder, data);
  } finally {
    for (const lease of leases) lease.release();
  }
}

/** From now on nothing older of this sender counts. @param before whether the sender was known already */
export function remember(ctx: Context, known: Received, manifest: BundleManifest, before: boolean): void {
  writeReceived(ownPaths(ctx).state, withBundle(known, manifest, before ? undefined : ctx.now()));
}

/** Finishes what an earlier run was cut off in. */
export function finishEarlier(ctx: Context, incoming: string): readonly string[] {
  const layout = openLayout(incoming);
  if (layout === undefined) return [];
  const left = finish(incoming, layout);
  remember(ctx, readReceived(ownPaths(ctx).state), layout.manifest, true);
  closeLayout(incoming);
  const but = left.length === 0 ? "" : ` Changed meanwhile, and left as they are: ${left.join(", ")}.`;
  return [`An earlier bundle of ${layout.manifest.lock} was laid out to its end in ${layout.folder}.${but}`];
}
