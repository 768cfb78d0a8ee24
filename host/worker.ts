import { chmodSync, chownSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "./files.ts";
import type { RunOptions } from "./run.ts";

/**
 * Where root would run git or a build, this runs them: an id that no distribution gives to anybody (systemd's documents call 60578 to
 * 61183 unused), in no group, and owner of nothing but omg's working folders.
 */
const WORKER = { uid: 60_999, gid: 60_999 };

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** Whom programs run as that deal with what others wrote. */
export function asWorker(): Pick<RunOptions, "as"> {
  return isRoot() ? { as: WORKER } : {};
}

/** A folder that only the worker can look into. */
export function workerFolder(path: string): string {
  makeFolder(path, 0o700);
  const { uid } = lstatSync(path);
  if (isRoot() && uid !== WORKER.uid) give(path);
  return path;
}

/** Lets the worker have a file or folder that this process made. */
export function give(path: string): void {
  if (isRoot()) chownSync(path, WORKER.uid, WORKER.gid);
}

/** Removes a folder of the worker's, whatever modes its content was left with. Links are not followed. */
export function discard(path: string): void {
  if (!isRoot()) open(path);
  rmSync(path, { recursive: true, force: true });
}

/** makepkg leaves folders that even their owner may not list. */
function open(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) return;
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) open(join(folder, entry.name));
}
