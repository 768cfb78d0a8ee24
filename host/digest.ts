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
  const hash = createHash("sha256");
  const size = await forEachPiece(path, (piece) => hash.update(piece));
  return { sha256: hash.digest("hex"), size };
}

/** As `sha256File`, with the hex SHA-512 of the same bytes, in one reading. */
export async function digestsOfFile(path: string): Promise<{ sha256: string; sha512: string; size: number }> {
  const [short, long] = [createHash("sha256"), createHash("sha512")];
  const size = await forEachPiece(path, (piece) => {
    short.update(piece);
    long.update(piece);
  });
  return { sha256: short.digest("hex"), sha512: long.digest("hex"), size };
}

/** Hex digest of the same with another hash. */
export async function digestFile(path: string, algorithm: "sha512"): Promise<string> {
  const hash = createHash(algorithm);
  await forEachPiece(path, (piece) => hash.update(piece));
  return hash.digest("hex");
}

/** @returns how many bytes there were */
async function forEachPiece(path: string, act: (piece: Buffer) => void): Promise<number> {
  const fd = openRegular(path);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (let size = 0; ; ) {
      const { bytesRead } = await readPiece(fd, buffer, 0, CHUNK, null);
      if (bytesRead === 0) return size;
      act(buffer.subarray(0, bytesRead));
      size += bytesRead;
    }
  } finally {
    closeSync(fd);
  }
}
