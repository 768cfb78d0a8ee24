import { spawnSync } from "node:child_process";
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readdirSync, statSync, writeSync } from "node:fs";
import { basename, dirname } from "node:path";
import { OmgError } from "../schema/error.ts";
import { errnoOf, explainingFullDisk } from "./disk.ts";
import { makeFolder, readIfPresent } from "./files.ts";
import { CLEAN_ENV } from "./run.ts";
import { stripControls } from "./text.ts";

const FLOCK = "/usr/bin/flock";
/** flock(1), EXIT STATUS: what `--nonblock` ends with when somebody else has the lock. */
const TAKEN = 1;
const NOTE_LIMIT = 4096;

export type Lock =
  | {
      readonly held: true;
      release(): void;
      /** Whether the locked file is still the one at its path: where it was removed, somebody else can lock another there. */
      isThere(): boolean;
    }
  /** `by` names the holder for people, as far as it is known. */
  | { readonly held: false; readonly by: string };

/**
 * Takes an advisory, exclusive lock on a file without waiting. The file and its folder are made where missing; the file
 * stays. The kernel gives the lock up when this process ends, however it ends; programs started meanwhile do not inherit it.
 * Errors: OmgError `lock-file-invalid` when the path is a link or no regular file, `lock-unavailable` when the file system
 * cannot lock, `program-missing` without flock(1), `disk-full`.
 */
export async function acquireLock(path: string): Promise<Lock> {
  makeFolder(dirname(path));
  for (;;) {
    const fd = openLockFile(path);
    try {
      if (!lockDescriptor(fd, path)) {
        closeSync(fd);
        return { held: false, by: holderOf(path) };
      }
      if (isStill(path, fd)) {
        noteHolder(fd, path);
        return { held: true, release: releaser(fd), isThere: () => isStill(path, fd) };
      }
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    // Somebody replaced the file between opening and locking: a lock on the old one excludes nobody.
    closeSync(fd);
  }
}

function openLockFile(path: string): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    // 0600: whoever may read a file may lock it, and so block its owner.
    const fd = explainingFullDisk(path, () => openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600));
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
  } catch (error) {
    if (!["ELOOP", "EISDIR", "ENXIO"].includes(errnoOf(error) ?? "")) throw error;
  }
  throw new OmgError({
    code: "lock-file-invalid",
    exit: "error",
    message: `${path} should be omg's lock file, and is not a regular file.`,
    state: "Nothing was changed.",
    hint: `Look at what it is (ls -ld ${path}) and remove it.`,
  });
}

/**
 * Whether the lock was taken. flock(2) locks the open file description, which the helper program shares with us, so the
 * lock stays when the helper is gone and goes when our descriptor goes.
 */
function lockDescriptor(fd: number, path: string): boolean {
  const result = spawnSync(FLOCK, ["--nonblock", "3"], {
    cwd: "/",
    env: CLEAN_ENV,
    stdio: ["ignore", "ignore", "pipe", fd],
    encoding: "utf8",
  });
  if (result.status === 0) return true;
  if (result.status === TAKEN) return false;
  const missing = errnoOf(result.error) === "ENOENT";
  throw new OmgError({
    code: missing ? "program-missing" : "lock-unavailable",
    exit: "error",
    message: missing ? `${FLOCK} is not there, so ${path} cannot be locked.` : `${path} could not be locked.`,
    state: "Nothing was changed.",
    hint: missing ? "Install util-linux." : "Put omg's folders on a file system that supports flock(2).",
    details: result.error === undefined ? [result.stderr.trim()] : [result.error.message],
    cause: result.error,
  });
}

function isStill(path: string, fd: number): boolean {
  const ours = fstatSync(fd, { bigint: true });
  const there = statSync(path, { bigint: true, throwIfNoEntry: false });
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}

function noteHolder(fd: number, path: string): void {
  const words = process.argv.slice(1).map((word, index) => (index === 0 ? basename(word) : word));
  const note = `${process.pid} ${stripControls(words.join(" ")).slice(0, 200)}\n`;
  explainingFullDisk(path, () => {
    ftruncateSync(fd);
    writeSync(fd, note, 0);
  });
}

/** What the note says, when its process lives; the note is never a reason to believe in a lock, or in none. */
function holderOf(path: string): string {
  let note = "";
  try {
    note = readIfPresent(path, NOTE_LIMIT)?.toString("utf8") ?? "";
  } catch {
    // The file is somebody else's: they hold it, and that is all there is to know.
  }
  const match = /^([1-9][0-9]*) (.*)\n$/.exec(note);
  if (match?.[1] === undefined || !lives(Number(match[1]))) return "another process";
  return `${stripControls(match[2] ?? "")} (pid ${match[1]})`;
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}

/** The process that holds a lock of `acquireLock`, by its own note, and only where that process has the file open. */
export function lockHolder(path: string): number | undefined {
  try {
    const pid = Number(/^([1-9][0-9]*) /.exec(readIfPresent(path, NOTE_LIMIT)?.toString("utf8") ?? "")?.[1]);
    const file = statSync(path, { bigint: true });
    const open = readdirSync(`/proc/${pid}/fd`).some((name) => {
      const found = statSync(`/proc/${pid}/fd/${name}`, { bigint: true, throwIfNoEntry: false });
      return found?.ino === file.ino && found.dev === file.dev;
    });
    return open ? pid : undefined;
  } catch {
    return undefined;
  }
}

function releaser(fd: number): () => void {
  let open = true;
  return () => {
    if (!open) return;
    open = false;
    try {
      ftruncateSync(fd);
    } catch {
      // The note stays, and says nothing once the lock is gone; what was done under it is done.
    } finally {
      closeSync(fd);
    }
  };
}
