import { createReadStream } from "node:fs";
import { headerFor, paddedSize } from "../../host/tar-header.ts";
import { OmgError } from "../../schema/error.ts";
import type { BundleManifest } from "../../schema/wire/bundle-schema.ts";
import type { HostKey } from "../host-key.ts";
import { MANIFEST, SIGNATURE, writtenManifest } from "./manifest.ts";

/** Bytes of the zeros that end an archive. */
export const END = 1024;
const CHUNK = 1 << 18;

/**
 * The bytes of a bundle: a tar archive with manifest, signature, and the files in the manifest's order.
 * @param source of a file: its bytes, or the absolute path where they lie
 * Errors: OmgError `file-changed` where a file has another size than the manifest says; what it holds is the receiver's to check.
 */
export async function* bundleBytes(
  manifest: BundleManifest,
  key: HostKey,
  source: (path: string) => string | Buffer,
): AsyncGenerator<Buffer> {
  const [text, signature] = writtenManifest(manifest, key);
  for (const [name, content] of [
    [MANIFEST, text],
    [SIGNATURE, signature],
  ] as const) {
    yield Buffer.concat([headerFor(name, content.length), content, padding(content.length)]);
  }
  for (const { path, size } of manifest.files) {
    yield headerFor(path, size);
    const from = source(path);
    if (typeof from === "string") yield* fileBytes(from, size);
    else yield from;
    yield padding(size);
  }
  yield Buffer.alloc(END);
}

async function* fileBytes(path: string, size: number): AsyncGenerator<Buffer> {
  let sent = 0;
  for await (const piece of createReadStream(path, { highWaterMark: CHUNK, end: size })) {
    sent += (piece as Buffer).length;
    if (sent > size) break;
    yield piece as Buffer;
  }
  if (sent !== size) throw changed(path);
}

/** Zeros that fill the last block of a content. */
export function padding(size: number): Buffer {
  return Buffer.alloc(paddedSize(size) - size);
}

function changed(path: string): OmgError {
  return new OmgError({
    code: "file-changed",
    exit: "error",
    message: `${path} was changed while it was being read.`,
    state: "No bundle was made.",
    hint: "Run the command again.",
  });
}
