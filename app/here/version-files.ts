import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "../../host/disk.ts";
import type { VersionFile } from "../../providers/runtimes/version-files/search.ts";
import type { Context } from "../context.ts";
import { foreignness } from "../foreign.ts";
import type { Watched } from "./watched.ts";

/** More is no version file. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads version files as far as they may be believed: regular files, behind links too, that only root or the caller could have put
 * there, in such a folder. Never throws.
 */
export function readVersionFile(ctx: Context, watched: Watched, path: string): VersionFile {
  if (watched.look(path).found === undefined) return undefined;
  try {
    return readChecked(ctx, path);
  } catch (error) {
    const errno = errnoOf(error);
    return errno === "ENOENT" || errno === "ENOTDIR"
      ? undefined
      : { fault: `it cannot be read (${errno ?? "unknown"})` };
  }
}

function readChecked(ctx: Context, path: string): VersionFile {
  const folder = foreignness(ctx, statSync(dirname(path)));
  if (folder !== undefined) return { fault: `its folder ${folder}` };
  // O_NONBLOCK: opening a named pipe would wait for a writer.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(fd);
    const foreign = foreignness(ctx, found);
    if (foreign !== undefined) return { fault: `it ${foreign}` };
    if (!found.isFile()) return found.isDirectory() ? undefined : { fault: "it is no regular file" };
    if (found.size > MAX_BYTES) return { fault: "it is larger than a version file can be" };
    return { text: readFileSync(fd, "utf8") };
  } finally {
    closeSync(fd);
  }
}
