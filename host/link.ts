import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { OmgError } from "../schema/error.ts";
import { errnoOf } from "./disk.ts";
import { openRegular, replaceThrough } from "./files.ts";

const CHUNK = 1 << 20;
/** link(2): across devices, not allowed by the file system or its protection, too many links. */
const COPY_INSTEAD = new Set(["EXDEV", "EPERM", "EMLINK", "EOPNOTSUPP"]);

/**
 * Makes `path` a hard link of a store's object, or, where that cannot be, a copy whose hash is checked while it is made.
 * What was there is replaced at once. Errors: OmgError `artifact-mismatch`, `not-a-regular-file`, `disk-full`; system errors pass.
 */
export function linkObject(object: string, sha256: string, path: string): void {
  const source = openRegular(object);
  try {
    replaceThrough(path, (temporary) => {
      try {
        linkSync(object, temporary);
      } catch (error) {
        if (!COPY_INSTEAD.has(errnoOf(error) ?? "")) throw error;
        copyChecked(source, object, sha256, temporary);
      }
    });
  } finally {
    closeSync(source);
  }
}

/** Makes `path` a symbolic link to `target`; a file or link that was there is replaced at once. */
export function linkSymbolic(target: string, path: string): void {
  replaceThrough(path, (temporary) => symlinkSync(target, temporary));
}

function copyChecked(source: number, object: string, sha256: string, temporary: string): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const found = copy(source, fd);
    if (found !== sha256) throw changed(object, sha256, found);
    fchmodSync(fd, 0o644);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function copy(source: number, target: number): string {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (;;) {
    const length = readSync(source, buffer, 0, CHUNK, null);
    if (length === 0) return hash.digest("hex");
    hash.update(buffer.subarray(0, length));
    for (let at = 0; at < length; ) at += writeSync(target, buffer, at, length - at);
  }
}

function changed(object: string, expected: string, found: string): OmgError {
  return new OmgError({
    code: "artifact-mismatch",
    exit: "refused",
    message: `${object} has the sha256 ${found} instead of ${expected}: it changed in the store.`,
    state: "It was not used.",
    hint: "Remove that file from the store, look for what changed it, and run the command again.",
  });
}
