import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { errnoOf } from "../../host/disk.ts";
import { openRegular } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import type { Context } from "../context.ts";
import { getBundle } from "./endpoint.ts";
import { type BundleRemote, fetchBundle } from "./git.ts";

/** Where a bundle comes from. */
export type BundleSource =
  | { readonly type: "stream"; readonly bytes: AsyncIterable<Uint8Array> }
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "url"; readonly url: string; readonly tokenFile?: string }
  | ({ readonly type: "git"; readonly lock: string } & BundleRemote);

/** How the bytes are written. `plain`: somebody's gpg has opened it. */
export type Form = "plain" | "armored" | "binary";

/** @param folder private, for what has to lie on the disk meanwhile */
export async function bytesFrom(
  ctx: Context,
  source: BundleSource,
  folder: string,
): Promise<AsyncIterable<Uint8Array>> {
  switch (source.type) {
    case "stream":
      return source.bytes;
    case "file":
      return fileBytes(resolve(ctx.cwd, source.path), source.path);
    case "url":
      return getBundle(ctx, source);
    case "git":
      return fetchBundle(ctx, source, source.lock, folder);
  }
}

/** Looks at the beginning, and gives all of it back. */
export async function formOf(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly form: Form; readonly bytes: AsyncIterable<Uint8Array> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  for (let ended = false; !ended && head.length < 512; ) {
    const { value, done } = await iterator.next();
    ended = done === true;
    if (!ended) head = Buffer.concat([head, value]);
  }
  const text = head.toString("latin1", 0, 512);
  const form = text.startsWith("manifest.json\0") ? "plain" : /^\s*-----BEGIN PGP/.test(text) ? "armored" : "binary";
  return { form, bytes: rejoined(head, iterator) };
}

async function* rejoined(head: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (;;) {
    const { value, done } = await rest.next();
    if (done === true) return;
    yield value;
  }
}

function fileBytes(path: string, given: string): AsyncIterable<Uint8Array> {
  try {
    return createReadStream("", { fd: openRegular(path), highWaterMark: 1 << 18 });
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    throw new OmgError({
      code: "not-found",
      exit: "error",
      message: `${given} is not there.`,
      state: "Nothing was changed.",
      hint: "Name the file, - for what comes by a pipe, an https address, or give --git.",
    });
  }
}
