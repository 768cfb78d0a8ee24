import { closeSync, createWriteStream, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { diskFullOr } from "../../host/disk.ts";
import { syncFolder, temporarySibling } from "../../host/files.ts";
import { discard, passage } from "../../host/worker.ts";
import { OmgError } from "../../schema/error.ts";
import type { BundleManifest } from "../../schema/wire/bundle-schema.ts";
import { bundleFolder } from "../../team/bundle/received.ts";
import type { Context } from "../context.ts";
import { addressOf, type Endpoint, putBundle } from "./endpoint.ts";
import { type BundleRemote, pushBundle } from "./git.ts";
import { ownPaths } from "./place.ts";

/** Where a bundle goes. */
export type BundleTarget =
  | { readonly type: "file"; readonly path: string; readonly force: boolean }
  | ({ readonly type: "git" } & BundleRemote)
  | ({ readonly type: "url" } & Endpoint);

/** What can be told before anything is read. @throws OmgError `file-exists`, `usage` */
export function refuseTarget(ctx: Context, target: BundleTarget): void {
  if (target.type === "url") addressOf(target);
  if (target.type !== "file" || target.force || !existsSync(resolve(ctx.cwd, target.path))) return;
  throw new OmgError({
    code: "file-exists",
    exit: "error",
    message: `${target.path} is there already.`,
    state: "Nothing was written.",
    hint: "Name another file, or give --force to replace it.",
  });
}

/** Takes the bytes of a bundle where they should go. */
export async function deliver(
  ctx: Context,
  target: BundleTarget,
  { lock }: BundleManifest,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  if (target.type === "file") return writeWhole(ctx, bytes, resolve(ctx.cwd, target.path));
  const outgoing = join(bundleFolder(ownPaths(ctx).state), "outgoing");
  await discard(outgoing);
  passage(outgoing);
  try {
    const file = join(outgoing, "bundle");
    await writeWhole(ctx, bytes, file);
    if (target.type === "url") await putBundle(ctx, target, file);
    else await pushBundle(ctx, target, lock, file, join(outgoing, "git"));
  } finally {
    await discard(outgoing);
  }
}

/** For this user only, and under its name once it is whole. */
async function writeWhole(ctx: Context, bytes: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  const temporary = temporarySibling(path);
  try {
    const out = createWriteStream(temporary, { flags: "wx", mode: 0o600 });
    await pipeline(Readable.from(bytes), out, { signal: ctx.signal });
    const fd = openSync(temporary, "r");
    fsyncSync(fd);
    closeSync(fd);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw diskFullOr(error, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
