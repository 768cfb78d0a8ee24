import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { gunzipSync } from "node:zlib";
import { OmgError } from "../schema/error.ts";
import { decodeLz4 } from "./lz4.ts";

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

/**
 * Bytes of a file, unpacked as its ending says (`.gz .lz4 .xz .lzma .zst .bz2`, or none). Throws OmgError
 * `decompress-failed` for damaged or oversized data and for a missing program, and the file system's own error when the file
 * cannot be read.
 */
export async function decompressFile(path: string, maxBytes: number = MAX_BYTES): Promise<Buffer> {
  const ending = extname(path);
  const program = PROGRAMS[ending];
  if (program !== undefined) return await unpackWith(program, path, maxBytes);
  const bytes = readFileSync(path);
  try {
    if (ending === ".lz4") return decodeLz4(bytes, maxBytes);
    if (ending === ".gz") return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw failure(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (bytes.length > maxBytes) throw failure(path, `it is larger than ${maxBytes} bytes`);
  return bytes;
}

async function unpackWith(program: string, path: string, maxBytes: number): Promise<Buffer> {
  const file = ["/usr/bin", "/bin"].map((folder) => `${folder}/${program}`).find(existsSync);
  if (file === undefined) throw failure(path, `the program ${program} is not installed`);
  return await new Promise((resolve, reject) => {
    const options = { encoding: "buffer", maxBuffer: maxBytes, env: { LC_ALL: "C.UTF-8" }, cwd: "/" } as const;
    execFile(file, ["-dc", "--", path], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(failure(path, stderr.toString().trim() || error.message, error));
    });
  });
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
