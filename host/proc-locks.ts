import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { errnoOf } from "./disk.ts";

/** A process that holds a lock on a file. */
export interface LockHolder {
  readonly path: string;
  /** 0 or less: a process that this namespace cannot see, or a lock without an owner (fcntl(2), open file descriptions). */
  readonly pid: number;
  /** Short name of the program; `unknown` where it cannot be read. */
  readonly command: string;
}

/** A line of /proc/locks: proc_locks(5). */
export interface ProcLock {
  readonly pid: number;
  readonly major: number;
  readonly minor: number;
  readonly inode: bigint;
}

/**
 * Who holds a lock on any of these files now, after /proc/locks. Files that do not exist have no holder. System errors
 * pass: a kernel without /proc/locks is not a machine without locks.
 */
export function lockHolders(paths: readonly string[]): LockHolder[] {
  const files = paths.map((path) => ({ path, facts: statSync(path, { bigint: true, throwIfNoEntry: false }) }));
  const locks = parseProcLocks(readFileSync("/proc/locks", "utf8"));
  const holders = files.flatMap(({ path, facts }) =>
    facts === undefined
      ? []
      : locks.filter((lock) => isOn(lock, facts)).map(({ pid }) => ({ path, pid, command: commandOf(pid) })),
  );
  return holders.filter(
    (one, index) => holders.findIndex(({ path, pid }) => path === one.path && pid === one.pid) === index,
  );
}

/** The held locks that a /proc/locks text lists; those that only wait (`->`) are left out. Pure. */
export function parseProcLocks(text: string): ProcLock[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\d+: (?:POSIX|FLOCK|OFDLCK) +\S+ +\S+ +(-?\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) /i.exec(line);
    if (match === null) return [];
    const [, pid = "", major = "", minor = "", inode = ""] = match;
    return [
      { pid: Number(pid), major: Number.parseInt(major, 16), minor: Number.parseInt(minor, 16), inode: BigInt(inode) },
    ];
  });
}

interface FileFacts {
  readonly dev: bigint;
  readonly ino: bigint;
}

function isOn(lock: ProcLock, file: FileFacts): boolean {
  if (lock.inode !== file.ino) return false;
  const { major, minor } = deviceOf(file.dev);
  if (lock.major === major && lock.minor === minor) return true;
  // btrfs and overlayfs show processes another, made-up device (major 0) than the one in the kernel's list.
  return major === 0 && hasOpen(lock.pid, file) !== false;
}

/** The numbers in a dev_t of Linux: makedev(3). */
function deviceOf(dev: bigint): { major: number; minor: number } {
  return {
    major: Number(((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n)),
    minor: Number((dev & 0xffn) | ((dev >> 12n) & 0xffffff00n)),
  };
}

/** Whether a process has a file open; undefined when that cannot be known. */
function hasOpen(pid: number, file: FileFacts): boolean | undefined {
  if (pid <= 0) return undefined;
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((name) => {
      const facts = statSync(`${folder}/${name}`, { bigint: true, throwIfNoEntry: false });
      return facts?.ino === file.ino && facts.dev === file.dev;
    });
  } catch (error) {
    return errnoOf(error) === "ENOENT" ? false : undefined;
  }
}

function commandOf(pid: number): string {
  if (pid <= 0) return "unknown";
  try {
    return programName(
      readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0"),
      readFileSync(`/proc/${pid}/comm`, "utf8"),
    );
  } catch {
    return "unknown";
  }
}

/** The first word that is no option; none where the program stands in the command line itself. */
function scriptIn(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => !word.startsWith("-"));
  return words.slice(0, at).some((word) => /^-(?:c|e|m)/.test(word)) ? undefined : words[at];
}

const INTERPRETER = /^(?:python[\d.]*|perl[\d.]*|ruby[\d.]*|node|sh|bash|dash)$/;

/**
 * What people call a program: the script that an interpreter runs, else the program's file. `comm` has at most 15 characters
 * (proc(5)), so it counts only where there is nothing else. Pure.
 */
export function programName(words: readonly string[], comm: string): string {
  const [program = "", ...rest] = words;
  const name = basename(program);
  const script = INTERPRETER.test(name) ? scriptIn(rest) : undefined;
  const found = basename(script ?? name);
  // A process may write anything there; a title with blanks in it is no file.
  return found === "" || /\s/.test(program) ? comm.trimEnd() : found;
}
