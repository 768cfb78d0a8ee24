import { copyFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../host/disk.ts";
import type { Store } from "../../reconciler/store.ts";
import type { PlatformLock } from "../../schema/model/lock.ts";
import type { Scope } from "../../schema/model/resource.ts";
import type { BundleManifest } from "../../schema/wire/bundle-schema.ts";
import { isArtifact } from "../../team/bundle/paths.ts";
import type { Context } from "../context.ts";
import { allProviders } from "../providers.ts";
import { readOnlyScope } from "../world.ts";

/** Every artifact that a lock's pins for this platform name, by hex SHA-256, with the scope whose store it belongs in. */
export async function artifactsOf(ctx: Context, lock: PlatformLock): Promise<ReadonlyMap<string, Scope>> {
  const found = new Map<string, Scope>();
  for (const provider of await allProviders(ctx)) {
    const { wanted, indexes = {} } = provider.desired(lock);
    const pins = wanted.flatMap(({ pin }) => pin?.sha256 ?? []);
    const signed = Object.values(indexes).flatMap(({ release, signature, packages }) => [release, signature, packages]);
    for (const digest of [...pins, ...signed]) if (digest !== undefined) found.set(digest, provider.scope);
  }
  return found;
}

export function storesOf(ctx: Context): Readonly<Record<Scope, Store>> {
  return { system: readOnlyScope(ctx, "system").store, user: readOnlyScope(ctx, "user").store };
}

/** Takes artifacts out of a bundle's folder into the stores. @returns how many the lock does not name here, and are not taken */
export async function storeArtifacts(
  ctx: Context,
  lock: PlatformLock,
  manifest: BundleManifest,
  folder: string,
): Promise<number> {
  const [named, stores] = [await artifactsOf(ctx, lock), storesOf(ctx)];
  let left = 0;
  for (const { path, sha256 } of manifest.files.filter(isArtifact)) {
    ctx.signal.throwIfAborted();
    const scope = named.get(sha256);
    if (scope === undefined) left += 1;
    else if (!stores[scope].has(sha256)) await stores[scope].add(sha256, async (to) => move(join(folder, path), to));
  }
  return left;
}

/** Without copying where one file system holds both. The store hashes what it gets. */
function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (errnoOf(error) !== "EXDEV") throw error;
    copyFileSync(from, to);
  }
}
