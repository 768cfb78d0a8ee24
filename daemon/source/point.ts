import { existsSync, readlinkSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { listFolder } from "../../host/folder.ts";
import { linkSymbolic } from "../../host/link.ts";
import { removeTree } from "../../host/remove.ts";
import type { DaemonFolders } from "../settings.ts";

/** Where the files of a commit lie that were read of it. */
export function treeOf(folders: DaemonFolders, commit: string): string {
  return join(folders.trees, commit);
}

/** From now on the one path of the lock leads into this commit. */
export function pointTo({ current }: DaemonFolders, commit: string): void {
  const target = join("trees", commit);
  if (!existsSync(current) || readlinkSync(current) !== target) linkSymbolic(target, current);
}

/** Removes what no run will be about any more; never what the lock's path leads to, which somebody may be reading. */
export function forgetOthers(folders: DaemonFolders, needed: readonly string[]): void {
  const kept = existsSync(folders.current) ? [...needed, basename(readlinkSync(folders.current))] : needed;
  for (const name of listFolder(folders.trees)) {
    if (name.startsWith(".")) rmSync(join(folders.trees, name), { recursive: true, force: true });
    else if (!kept.includes(name)) removeTree(join(folders.trees, name));
  }
}
