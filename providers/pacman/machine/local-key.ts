import { release } from "node:os";
import { sha256 } from "../../../host/digest.ts";
import { stampOf } from "../../../host/file-stamp.ts";
import { listFolder } from "../../../host/folder.ts";
import { osReleaseFiles } from "../../../host/platform.ts";
import { splitFolder } from "../desc.ts";
import type { PacmanConfig } from "./config.ts";

/**
 * A digest of everything that says what is installed: configuration, lock and local database, by size, times and inode. Every
 * entry by itself: the folder's own times say nothing of a reason that was changed.
 */
export function localKeyOf({ root, database, files }: PacmanConfig): string {
  const folders = listFolder(`${database}local`).filter((name) => splitFolder(name) !== undefined);
  const entries = folders.map((name) => `${database}local/${name}/desc`);
  const all = [...files, `${database}db.lck`, ...osReleaseFiles(root), ...entries];
  // The packages of the running kernel and of Node are protected.
  return sha256([release(), process.execPath, ...all.map(stampOf)].join("\n"));
}
