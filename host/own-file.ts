import { closeSync, fstatSync, readSync } from "node:fs";
import { openRegular } from "./files.ts";

/**
 * The content of a regular file that this very user wrote and nobody else can change; undefined for any other, for one above
 * `maxBytes`, and where it cannot be read. For caches, which are made again then.
 */
export function readOwn(path: string, maxBytes: number): Buffer | undefined {
  try {
    const fd = openRegular(path);
    try {
      const { uid, mode, size } = fstatSync(fd);
      if (uid !== process.geteuid?.() || (mode & 0o022) !== 0 || size > maxBytes) return undefined;
      const bytes = Buffer.allocUnsafeSlow(size);
      return readSync(fd, bytes, 0, size, 0) === size ? bytes : undefined;
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
