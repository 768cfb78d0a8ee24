import { createHash } from "node:crypto";
import { closeSync, constants, fsyncSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { diskFullOr, errnoOf } from "../../host/disk.ts";
import { makeFolder } from "../../host/files.ts";
import { type Reader, readerOf } from "../../host/tar.ts";
import { BLOCK, headerFor, readHeader } from "../../host/tar-header.ts";
import { OmgError } from "../../schema/error.ts";
import type { BundleFile, BundleManifest } from "../../schema/wire/bundle-schema.ts";
import { damaged } from "./errors.ts";
import { LARGEST_MANIFEST, MANIFEST, readManifest, SIGNATURE, SIGNATURE_SIZE } from "./manifest.ts";
import { END, padding } from "./write.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/**
 * Reads a bundle to its last byte, into a folder of the caller's own. Nothing in the archive says where anything goes: the signed manifest says
 * what every further byte of headers, padding and end has to be, and these are compared.
 * @param admit called with the manifest before any file is read; throws to refuse it
 * @throws OmgError `bundle-damaged`, `bundle-unsigned`, `bundle-path`, `disk-full`, and what `admit` and the bytes' source throw
 */
export async function readBundle(
  bytes: AsyncIterable<Uint8Array>,
  folder: string,
  admit: (manifest: BundleManifest) => void,
): Promise<BundleManifest> {
  const reader = readerOf(asBuffers(bytes));
  const text = await plainFile(reader, MANIFEST, LARGEST_MANIFEST);
  const manifest = readManifest(text, await plainFile(reader, SIGNATURE, SIGNATURE_SIZE));
  admit(manifest);
  for (const file of manifest.files) {
    await expectBytes(reader, headerFor(file.path, file.size), `${file.path} is announced otherwise`);
    await explained(() => writeFile(reader, file, join(folder, file.path)));
    await expectBytes(reader, padding(file.size), `there is something behind ${file.path}`);
  }
  await expectBytes(reader, Buffer.alloc(END), "it has more files than it says");
  if ((await reader.take(1)) !== undefined) throw damaged("there is something behind its end");
  return manifest;
}

async function* asBuffers(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of bytes) yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
}

/** One of the two files that nothing has announced: its header says its size, and nothing else that could be otherwise. */
async function plainFile(reader: Reader, name: string, most: number): Promise<Buffer> {
  const block = await reader.take(BLOCK);
  const size = block === undefined ? undefined : sizeIn(block);
  if (block === undefined || size === undefined || size > most || !block.equals(headerFor(name, size)))
    throw damaged(`it does not begin with ${name}`);
  const content = await reader.take(size);
  if (content === undefined) throw damaged(`it ends within ${name}`);
  await expectBytes(reader, padding(size), `there is something behind ${name}`);
  return content;
}

function sizeIn(block: Buffer): number | undefined {
  try {
    return readHeader(block)?.size;
  } catch {
    return undefined;
  }
}

async function expectBytes(reader: Reader, wanted: Buffer, otherwise: string): Promise<void> {
  const found = await reader.take(wanted.length);
  if (found === undefined) throw damaged("it ends too early");
  if (!found.equals(wanted)) throw damaged(otherwise);
}

async function writeFile(reader: Reader, { path, size, sha256 }: BundleFile, to: string): Promise<void> {
  makeFolder(dirname(to), 0o700);
  const fd = openSync(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const hash = createHash("sha256");
    for await (const piece of reader.pieces({ bytes: size })) {
      hash.update(piece);
      for (let at = 0; at < piece.length; ) at += writeSync(fd, piece, at);
    }
    if (hash.digest("hex") !== sha256) throw damaged(`${path} holds other bytes than it should`);
    fsyncSync(fd);
  } catch (error) {
    throw diskFullOr(error, to);
  } finally {
    closeSync(fd);
  }
}

/** In words of a bundle. */
async function explained(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (error instanceof OmgError && error.code === "archive-damaged") throw damaged("it ends too early");
    if (errnoOf(error) === "EEXIST") throw damaged("it has a file twice");
    throw error;
  }
}
