import { closeSync, fstatSync } from "node:fs";
import { openRegular, readWhole } from "./files.ts";

/**
 * A descriptor of a regular file that this very user wrote and nobody else can change; undefined for any other, and where it
 * cannot be opened. For caches, which are made again then.
 */
export function openOwn(path: string): number | undefined {
  try {
    const fd = openRegular(path);
    const { uid, mode } = fstatSync(fd);
    if (uid === process.geteuid?.() && (mode & 0o022) === 0) return fd;
    closeSync(fd);
    return undefined;
  } catch {
    return undefined;
  }
}

/** The content of a file that `openOwn` opens; undefined also for one above `maxBytes`, and where it cannot be read. */
export function readOwn(path: string, maxBytes = Number.POSITIVE_INFINITY): Buffer | undefined {
  const fd = openOwn(path);
  if (fd === undefined) return undefined;
  try {
    return readWhole(fd, path, maxBytes, fstatSync(fd).size);
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}
