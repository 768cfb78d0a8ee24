import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../../host/disk.ts";
import { failpoint } from "../../host/failpoint.ts";
import { makeFolder, readIfPresent, syncFolder } from "../../host/files.ts";
import { listFolder } from "../../host/folder.ts";
import { OmgError } from "../../schema/error.ts";

// The log is one chain in several files: `audit.jsonl`, which grows, and what was set aside when it had grown enough, under the
// number of its first line (`audit.0000000001.jsonl`). Renaming is all that happens then, so that it is done or not done.

/** Files of the log, the oldest first; the one that grows is last, where it is there. */
export function segmentsOf(path: string): readonly string[] {
  const pattern = /^(.*)\.\d{10}\.jsonl$/;
  const own = basename(path, ".jsonl");
  const old = listFolder(dirname(path))
    .filter((name) => pattern.exec(name)?.[1] === own)
    .sort()
    .map((name) => join(dirname(path), name));
  return lstatSync(path, { throwIfNoEntry: false }) === undefined ? old : [...old, path];
}

/** Sets the growing file aside. @param first number of its first line */
export function setAside(path: string, first: number): void {
  renameSync(path, join(dirname(path), `${basename(path, ".jsonl")}.${String(first).padStart(10, "0")}.jsonl`));
  failpoint("log.after-rotate");
  syncFolder(dirname(path));
}

/** The whole lines of a file, one character a byte, and whether a line without its end follows them. */
export function readLines(path: string): { readonly lines: readonly string[]; readonly torn: boolean } {
  const all = readIfPresent(path)?.toString("latin1") ?? "";
  const end = all.lastIndexOf("\n") + 1;
  const lines = all.slice(0, end).split("\n");
  return { lines: lines.slice(0, -1), torn: end !== all.length };
}

/** The end of a file. */
export interface Tail {
  /** Its last whole line, one character a byte; undefined where it has none. */
  readonly line: string | undefined;
  /** Bytes up to the end of that line. */
  readonly length: number;
  /** Whether a line without its end follows: it was cut off while it was written, and nobody was told of it. */
  readonly torn: boolean;
}

const CHUNK = 1 << 16;

/** Reads no more of a file than its last line needs. */
export function tailOf(path: string): Tail {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return { line: undefined, length: 0, torn: false };
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    for (let take = CHUNK; ; take *= 4) {
      const found = tailWithin(fd, size, Math.min(take, size));
      if (found !== undefined) return found;
    }
  } finally {
    closeSync(fd);
  }
}

/** Undefined where the last `take` bytes do not hold a whole line, and there are more. */
function tailWithin(fd: number, size: number, take: number): Tail | undefined {
  const buffer = Buffer.alloc(take);
  let read = 0;
  while (read < take) {
    const count = readSync(fd, buffer, read, take - read, size - take + read);
    if (count === 0) break;
    read += count;
  }
  const text = buffer.toString("latin1", 0, read);
  const end = text.lastIndexOf("\n") + 1;
  const start = end === 0 ? -1 : text.lastIndexOf("\n", end - 2) + 1;
  if (start <= 0 && take < size) return undefined;
  const length = size - take + end;
  return { line: end === 0 ? undefined : text.slice(Math.max(start, 0), end - 1), length, torn: end !== read };
}

/** Adds a line to the growing file; on the disk when it returns. What a cut-off line left after `tail` goes. */
export function appendLine(path: string, tail: Tail, line: string, mode: number): void {
  makeFolder(dirname(path), mode === 0o600 ? 0o700 : 0o755);
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, mode);
  try {
    if (tail.torn) ftruncateSync(fd, tail.length);
    const bytes = Buffer.from(`${line}\n`);
    failpoint("log.before-append");
    if (writeSync(fd, bytes) !== bytes.length) throw cutOff(path);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  // Its name has to survive a power cut as well.
  if (tail.length === 0) syncFolder(dirname(path));
}

function cutOff(path: string): OmgError {
  return new OmgError({
    code: "disk-full",
    exit: "error",
    message: `The log ${path} could not be written to its end.`,
    state: "Nothing was done.",
    hint: "Free some space on that disk, then run the command again.",
  });
}
