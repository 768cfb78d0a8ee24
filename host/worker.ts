import { chownSync, lstatSync, rmSync } from "node:fs";
import { makeFolder } from "./files.ts";
import { CLEAN_ENV, type RunOptions, run } from "./run.ts";

/**
 * Where root would run git or a build, this runs them: an id that no distribution gives to anybody (systemd's documents call 60578 to
 * 61183 unused), in no group, and owner of nothing but omg's working folders.
 */
export const WORKER = { uid: 60_999, gid: 60_999 };

/** Whether this process is root, which does not deal itself with what others wrote. */
export function workerNeeded(): boolean {
  return process.geteuid?.() === 0;
}

/** Whom programs run as that deal with what others wrote. */
export function asWorker(): Pick<RunOptions, "as"> {
  return workerNeeded() ? { as: WORKER } : {};
}

/** A folder that stays this process' own, and that the worker can go through. What lies in it the worker cannot replace. */
export function passage(path: string): string {
  makeFolder(path, 0o711);
  return path;
}

/** A folder of the worker's, in one that is not: what is handed over could be changed under root's hands. */
export function workerFolder(path: string): string {
  makeFolder(path, 0o700);
  give(path);
  return path;
}

/** Hands over what lies in a folder that the worker cannot write. Root writes nothing in it afterwards. */
export function give(path: string): void {
  if (workerNeeded() && lstatSync(path).uid !== WORKER.uid) chownSync(path, WORKER.uid, WORKER.gid);
}

/**
 * Removes a folder with what the worker left in it, whatever modes that has (makepkg makes folders that their owner may not list): first
 * what is the worker's, by the worker, so that nothing it does meanwhile leads root elsewhere.
 */
export async function discard(path: string): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  const how = { env: CLEAN_ENV, ...asWorker() };
  await run("/bin/chmod", ["-R", "--silent", "u+rwX", "--", path], how);
  await run("/bin/rm", ["-rf", "--one-file-system", "--", path], how);
  rmSync(path, { recursive: true, force: true });
}
