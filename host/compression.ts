import { execFile, spawn } from "node:child_process";
import { closeSync, createReadStream, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { extname } from "node:path";
import { pipeline } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { createGunzip, gunzipSync } from "node:zlib";
import { OmgError } from "../schema/error.ts";
import { startOf } from "./files.ts";
import { decodeLz4 } from "./lz4.ts";
import { lz4Pieces } from "./lz4-pieces.ts";

/** Endings and the program that unpacks to standard output; those without one are decoded in process. */
const PROGRAMS: Readonly<Record<string, string | undefined>> = {
  ".gz": undefined,
  ".lz4": undefined,
  ".xz": "xz",
  ".lzma": "xz",
  ".zst": "zstd",
  ".bz2": "bzip2",
};

/** Largest result, in bytes: five times the largest index that Debian has. */
const MAX_BYTES = 512 * 1024 * 1024;

/** Whether the name says that the file is compressed. */
export function isCompressed(path: string): boolean {
  return extname(path) in PROGRAMS;
}

/** The path without the ending of a compression. */
export function withoutCompression(path: string): string {
  return isCompressed(path) ? path.slice(0, -extname(path).length) : path;
}

/** First bytes of each form, for files whose name does not tell. */
const MAGIC: readonly (readonly [string, string])[] = [
  [".gz", "1f8b"],
  [".zst", "28b52ffd"],
  [".xz", "fd377a585a00"],
  [".bz2", "425a68"],
  [".lz4", "04224d18"],
];

/** The ending that a file should have, by its first bytes; empty for one that is not compressed. System errors pass. */
export function compressionOf(path: string): string {
  const start = Buffer.from(startOf(path, 8), "latin1").toString("hex");
  return MAGIC.find(([, bytes]) => start.startsWith(bytes))?.[0] ?? "";
}

/**
 * Bytes of a file, unpacked as its ending says (`.gz .lz4 .xz .lzma .zst .bz2`, or none). Throws OmgError
 * `decompress-failed` for damaged or oversized data and for a missing program, and the file system's own error when the file
 * cannot be read. `ending`: where the name does not tell.
 */
export async function decompressFile(
  path: string,
  maxBytes: number = MAX_BYTES,
  ending: string = extname(path),
): Promise<Buffer> {
  const program = PROGRAMS[ending];
  if (program !== undefined) return await unpackWith(program, path, maxBytes);
  const bytes = readFileSync(path);
  try {
    if (ending === ".lz4") return decodeLz4(bytes, maxBytes);
    if (ending === ".gz") return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: unpackedSize(bytes) });
  } catch (cause) {
    throw failure(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (bytes.length > maxBytes) throw failure(path, `it is larger than ${maxBytes} bytes`);
  return bytes;
}

/** What the last member says of its size (RFC 1952, 2.3.1), which spares putting pieces together; within bounds, for anything can stand there. */
function unpackedSize(gzip: Buffer): number {
  const said = gzip.length < 4 ? 0 : gzip.readUInt32LE(gzip.length - 4);
  return Math.min(Math.max(said + 1, 1 << 16), 1 << 26);
}

/**
 * The same in pieces of some 64 KiB, so that the whole never lies in memory: a piece is only good until the next one is asked
 * for. Errors: as `decompressFile`, also in the middle, when what came before counts for nothing.
 */
export async function* decompressedPieces(
  path: string,
  maxBytes: number = MAX_BYTES,
  ending: string = extname(path),
): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const piece of piecesOf(path, ending, maxBytes)) {
      bytes += piece.length;
      if (bytes > maxBytes) throw failure(path, `it is larger than ${maxBytes} bytes`);
      yield piece;
    }
  } catch (cause) {
    if (cause instanceof OmgError || (cause instanceof Error && "syscall" in cause)) throw cause;
    throw failure(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function piecesOf(path: string, ending: string, maxBytes: number): Iterable<Buffer> | AsyncIterable<Buffer> {
  const program = PROGRAMS[ending];
  if (program !== undefined) return outputOf(program, path);
  if (ending === ".lz4") return lz4Pieces(path, maxBytes);
  if (ending !== ".gz") return plainPieces(path);
  // An error reaches whoever reads the last stream.
  return pipeline(createReadStream(path), createGunzip(), () => undefined);
}

const PLAIN = 1 << 16;
/** After so many pieces others may do something: whoever ends this run by a signal is heard. */
const IN_A_ROW = 64;

/** Read where they are asked for: a thread that reads ahead costs more than a copy out of the system's cache. */
async function* plainPieces(path: string): AsyncGenerator<Buffer> {
  const fd = openSync(path, "r");
  try {
    const piece = Buffer.allocUnsafeSlow(PLAIN);
    for (let number = 1, count = 1; count > 0; number += 1) {
      count = readSync(fd, piece);
      if (count > 0) yield piece.subarray(0, count);
      if (number % IN_A_ROW === 0) await turn();
    }
  } finally {
    closeSync(fd);
  }
}

async function* outputOf(program: string, path: string): AsyncGenerator<Buffer> {
  const child = spawn(programFile(program, path), ["-dc", "--", path], {
    env: { LC_ALL: "C.UTF-8" },
    cwd: "/",
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(0, 4096);
  });
  const ended = new Promise<number | string | null>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", resolve);
  });
  let whole = false;
  try {
    for await (const piece of child.stdout) yield piece as Buffer;
    whole = true;
  } finally {
    // Whoever stopped reading does not want the rest; one that has said everything ends by itself.
    if (!whole) child.kill();
  }
  const code = await ended;
  if (code !== 0) throw failure(path, said.trim() || `${program} ended with ${code}`);
}

async function unpackWith(program: string, path: string, maxBytes: number): Promise<Buffer> {
  const file = programFile(program, path);
  return await new Promise((resolve, reject) => {
    const options = { encoding: "buffer", maxBuffer: maxBytes, env: { LC_ALL: "C.UTF-8" }, cwd: "/" } as const;
    execFile(file, ["-dc", "--", path], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(failure(path, stderr.toString().trim() || error.message, error));
    });
  });
}

function programFile(program: string, path: string): string {
  const file = ["/usr/bin", "/bin"].map((folder) => `${folder}/${program}`).find(existsSync);
  if (file === undefined) throw failure(path, `the program ${program} is not installed`);
  return file;
}

function failure(path: string, reason: string, cause?: unknown): OmgError {
  return new OmgError({
    code: "decompress-failed",
    exit: "error",
    message: `${path} could not be unpacked: ${reason}.`,
    hint: "Fetch it again, for package lists with `apt-get update`.",
    cause,
  });
}
