import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { programName } from "../../../host/proc-locks.ts";

/** Programs that change packages through libalpm. */
const MANAGERS = /^(?:pacman|pamac|pamac-daemon|packagekitd|paru|yay)$/;

/** The file that says that somebody changes the database. It is empty: nothing in it tells who. */
export function lockFile(database: string): string {
  return `${database}db.lck`;
}

/** Whether the database is locked, by whomever. */
export function isLocked(database: string): boolean {
  return existsSync(lockFile(database));
}

/**
 * Who holds pacman's lock: libalpm keeps the file open as long as it lives (for processes that may be looked into), else a
 * package manager that runs. Undefined where there is no lock, or one that nobody holds any more.
 */
export function busyWith(database: string): string | undefined {
  if (!isLocked(database)) return undefined;
  const path = realpathSync(lockFile(database));
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const holder = pids.find((pid) => holds(pid, path));
  return holder === undefined ? undefined : `${nameOf(holder)} (process ${holder})`;
}

function holds(pid: string, path: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === path);
  } catch {
    // Another user's: only its name can be seen.
    return MANAGERS.test(nameOf(pid));
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function nameOf(pid: string): string {
  try {
    return programName(
      readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0"),
      readFileSync(`/proc/${pid}/comm`, "utf8"),
    );
  } catch {
    return "unknown";
  }
}
