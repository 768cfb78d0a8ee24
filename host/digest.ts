import { createHash } from "node:crypto";
import { closeSync, read } from "node:fs";
import { promisify } from "node:util";
import { openRegular } from "./files.ts";

const CHUNK = 1 << 20;
const readPiece = promisify(read);

/** Hex SHA-256 of text (as UTF-8) or bytes. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Hex SHA-256 and size in bytes of a regular file, read in pieces. System errors pass; OmgError `not-a-regular-file`. */
export async function sha256File(path: string): Promise<{ sha256: string; size: number }> {
  const { digest, size } = await hashFile(path, "sha256");
  return { sha256: digest, size };
}

/** The same with another hash, in hex. */
export async function digestFile(path: string, algorithm: "sha512"): Promise<string> {
  return (await hashFile(path, algorithm)).digest;
}

async function hashFile(path: string, algorithm: string): Promise<{ digest: string; size: number }> {
  const fd = openRegular(path);
  try {
    const hash = createHash(algorithm);
    const buffer = Buffer.allocUnsafe(CHUNK);
    let size = 0;
    for (;;) {
      const { bytesRead } = await readPiece(fd, buffer, 0, CHUNK, null);
      if (bytesRead === 0) return { digest: hash.digest("hex"), size };
      hash.update(buffer.subarray(0, bytesRead));
      size += bytesRead;
    }
  } finally {
    closeSync(fd);
  }
}
