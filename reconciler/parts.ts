import { randomBytes } from "node:crypto";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../host/disk.ts";
import { makeFolder } from "../host/files.ts";
import { listFolder } from "../host/folder.ts";
import { OmgError } from "../schema/error.ts";

/**
 * Files on their way into the store. One that a process works on is called `HASH.PID.RANDOM`, so that no other touches it;
 * what broke off is `HASH`. Whoever wants the same bytes next goes on from there, also from what a killed process left.
 */
export async function withPart<T>(folder: string, sha256: string, use: (path: string) => Promise<T>): Promise<T> {
  makeFolder(folder, 0o700);
  const path = join(folder, `${sha256}.${process.pid}.${randomBytes(6).toString("hex")}`);
  claim(folder, sha256, path);
  try {
    return await use(path);
  } catch (error) {
    if (isWorthKeeping(error)) renameIfThere(path, join(folder, sha256));
    throw error;
  } finally {
    rmSync(path, { force: true });
  }
}

function claim(folder: string, sha256: string, path: string): void {
  const left = listFolder(folder).filter((name) => name.startsWith(sha256) && isLeft(name));
  for (const name of left) {
    if (renameIfThere(join(folder, name), path)) return;
  }
}

/** Whether nobody works on it any more. */
function isLeft(name: string): boolean {
  const pid = Number(name.split(".")[1] ?? Number.NaN);
  if (Number.isNaN(pid)) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errnoOf(error) === "ESRCH";
  }
}

/** Other bytes than the wanted ones are not; and a full disk needs the room. */
function isWorthKeeping(error: unknown): boolean {
  return error instanceof OmgError && (error.exit === "unreachable" || error.code === "interrupted");
}

function renameIfThere(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}
