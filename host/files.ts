import {
  chmodSync,
  close,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  read,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { OmgError } from "../schema/error.ts";
import { errnoOf, explainingFullDisk } from "./disk.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const CHUNK = 1 << 16;
/** Bytes that are read or written at a time: one call for many megabytes was seen to keep the processor from everybody else until it was over, for up to 70 milliseconds. */
export const PIECE = 1 << 18;

/** A fresh hidden name beside `path`, for something that will be renamed to it. Whoever creates it refuses what is there already. */
export function temporarySibling(path: string): string {
  // Not node:crypto, which takes longer to load than many a command runs: nobody gains by guessing it.
  const digits = () =>
    Math.trunc(Math.random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return join(dirname(path), `.omg-${digits()}${digits()}.tmp`);
}

/**
 * Replaces a file so that readers, and a machine that loses power, see the old content or the new, never a mixture.
 * The folder must exist. `mode` is exact, whatever the umask. Errors: OmgError `disk-full`; other system errors pass.
 */
export function writeAtomic(path: string, content: string | Uint8Array, mode = 0o644): void {
  replaceWith(path, content, (fd) => fchmodSync(fd, mode));
}

/**
 * As `writeAtomic`, without waiting for the disk: for what the next run can make anew, and whose readers notice a file that
 * a loss of power left empty.
 */
export function writeSoon(path: string, content: string | Uint8Array, mode = 0o644): void {
  replace(path, (temporary) => writeNew(temporary, content, (fd) => fchmodSync(fd, mode)));
}

/**
 * As `writeAtomic`, for a file that is somebody's own: it keeps the owner and mode of what it replaces, and a new one gets
 * its folder's owner, so that root leaves nothing behind in a user's folder that the user cannot change.
 */
export function writeOwned(path: string, content: string | Uint8Array, modeWhenNew = 0o644): void {
  const before = lstatSync(path, { throwIfNoEntry: false });
  const owner = before ?? lstatSync(dirname(path));
  replaceWith(path, content, (fd) => {
    if (process.geteuid?.() === 0) fchownSync(fd, owner.uid, owner.gid);
    fchmodSync(fd, before === undefined ? modeWhenNew : before.mode & 0o777);
  });
}

function replaceWith(path: string, content: string | Uint8Array, dress: (fd: number) => void): void {
  replaceThrough(path, (temporary) =>
    writeNew(temporary, content, (fd) => {
      dress(fd);
      fsyncSync(fd);
    }),
  );
}

function writeNew(path: string, content: string | Uint8Array, finish: (fd: number) => void): void {
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeWhole(fd, typeof content === "string" ? Buffer.from(content) : content);
    finish(fd);
  } finally {
    closeSync(fd);
  }
}

/** Lets `make` create a temporary sibling of `path` and renames it to `path`; nothing of it stays behind on an error. */
export function replaceThrough(path: string, make: (temporary: string) => void): void {
  replace(path, make);
  syncFolder(dirname(path));
}

function replace(path: string, make: (temporary: string) => void): void {
  const temporary = temporarySibling(path);
  try {
    explainingFullDisk(path, () => {
      make(temporary);
      renameSync(temporary, path);
    });
  } finally {
    // Also after success: rename(2) leaves both names when they are links to one file.
    rmSync(temporary, { force: true });
  }
}

/**
 * The content of a file, or undefined when there is none (ENOENT, ENOTDIR). Symbolic links are followed. Everything else
 * that prevents reading is thrown: system errors, OmgError `file-too-large` above `maxBytes`, `not-a-regular-file` for a pipe.
 */
export function readIfPresent(path: string, maxBytes = Number.POSITIVE_INFINITY): Buffer | undefined {
  let fd: number;
  try {
    // O_NONBLOCK: opening a named pipe would wait for a writer.
    fd = openSync(path, O_RDONLY | O_NONBLOCK);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw error;
  }
  try {
    const found = fstatSync(fd);
    if (found.isFIFO()) throw notRegular(path);
    return readWhole(fd, path, maxBytes, found.size);
  } finally {
    closeSync(fd);
  }
}

/**
 * The content of a regular file that is not a symbolic link itself. Errors: OmgError `not-a-regular-file`,
 * `file-too-large`; system errors pass, a missing file's too.
 */
export function readRegular(path: string, maxBytes: number): Buffer {
  const fd = openRegular(path);
  try {
    return readWhole(fd, path, maxBytes, fstatSync(fd).size);
  } finally {
    closeSync(fd);
  }
}

/** The first bytes of a file, as latin1; fewer where it is shorter. System errors pass. */
export function startOf(path: string, bytes: number): string {
  const fd = openSync(path, O_RDONLY | O_NONBLOCK);
  try {
    const buffer = Buffer.alloc(bytes);
    return buffer.toString("latin1", 0, readSync(fd, buffer, 0, bytes, 0));
  } finally {
    closeSync(fd);
  }
}

/** A descriptor for reading a regular file that is not a symbolic link itself; OmgError `not-a-regular-file`. */
export function openRegular(path: string): number {
  let fd: number;
  try {
    // O_NONBLOCK: as above.
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    throw ["ELOOP", "ENXIO"].includes(errnoOf(error) ?? "") ? notRegular(path, error) : error;
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw notRegular(path);
}

/** Reads what fits into a buffer, from a position in a file, in pieces between which others have their turn. @returns how many bytes there were. System errors pass. */
export async function readSoon(fd: number, into: Buffer, position: number): Promise<number> {
  for (let done = 0; ; ) {
    const { bytesRead } = await readPiece(fd, into, done, Math.min(PIECE, into.length - done), position + done);
    done += bytesRead;
    if (bytesRead === 0 || done === into.length) return done;
  }
}

const readPiece = promisify(read);

/** Closes a file that was read, and does not wait: of one that has no name any more the system gives all blocks back then. */
export function closeSoon(fd: number): void {
  close(fd, () => {});
}

/**
 * Creates a folder and its parents. Where they had to be made, `mode` is exact for the folder itself and 0755 for the
 * parents, whatever the umask: what is private says so itself. System errors pass.
 */
export function makeFolder(path: string, mode = 0o755): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  if (explainingFullDisk(path, () => madeFolder(path, mode))) chmodSync(path, mode);
}

/** Not `recursive`: Node then tries for ever where the parent is there and says that it is not, as /proc does. */
function madeFolder(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (error) {
    // Another process may have been first, and a link may lead to a folder.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return false;
    throw error;
  }
}

/** Makes the names in a folder durable. */
export function syncFolder(path: string): void {
  const fd = openSync(path, O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes all of it to where the file is open at. System errors pass. */
export function writeWhole(fd: number, content: Uint8Array): void {
  for (let at = 0; at < content.length; ) at += writeSync(fd, content, at, Math.min(PIECE, content.length - at));
}

/** What is left of an open file; `size` as far as is known. Errors: OmgError `file-too-large`, which names `path`; system errors pass. */
export function readWhole(fd: number, path: string, maxBytes: number, size: number): Buffer {
  if (size > maxBytes) throw tooLarge(path, maxBytes);
  // One byte more than expected shows the end at once; files of /proc say 0 and hold more.
  let buffer = Buffer.allocUnsafe(size === 0 ? CHUNK : size + 1);
  let length = 0;
  for (;;) {
    const count = readSync(fd, buffer, length, Math.min(PIECE, buffer.length - length), null);
    if (count === 0) return buffer.subarray(0, length);
    length += count;
    if (length > maxBytes) throw tooLarge(path, maxBytes);
    if (length === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
  }
}

function notRegular(path: string, cause?: unknown): OmgError {
  return new OmgError({
    code: "not-a-regular-file",
    exit: "error",
    message: `${path} is not a regular file.`,
    hint: "Put a regular file there; links, pipes and devices are not read.",
    cause,
  });
}

function tooLarge(path: string, maxBytes: number): OmgError {
  return new OmgError({
    code: "file-too-large",
    exit: "error",
    message: `${path} is larger than the ${maxBytes} bytes that are allowed here.`,
  });
}
