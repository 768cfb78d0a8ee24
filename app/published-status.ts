import { closeSync, fstatSync, readSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../host/disk.ts";
import { openRegular } from "../host/files.ts";
import { pathsFor, type Who } from "../host/paths.ts";
import { decodeStatus, STATUS_SIZE, type Status } from "../schema/wire/status.ts";

/** Why there is no status to go by: none was written, it may be anybody's, or it is not one of this version. */
export type StatusFault = "absent" | "untrusted" | "malformed";

export type Published = { readonly status: Status } | { readonly fault: StatusFault };

/** Where this user's runs publish: the runtime folder, or the state folder where a session has none. */
export function statusPath(who: Who): string {
  const paths = pathsFor(who.uid === 0 ? "system" : "user", who);
  return join(paths.runtime ?? paths.state, "omg.status");
}

/**
 * The status in a file, believed only if root or this user wrote it and nobody else can change it. How old it may be is the
 * caller's to judge. native/status.c does the same. Never throws.
 */
export function readPublished(path: string, uid: number): Published {
  let fd: number;
  try {
    fd = openRegular(path);
  } catch (error) {
    return { fault: ["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "") ? "absent" : "untrusted" };
  }
  try {
    return readOpen(fd, uid);
  } finally {
    closeSync(fd);
  }
}

function readOpen(fd: number, uid: number): Published {
  const found = fstatSync(fd);
  if ((found.uid !== 0 && found.uid !== uid) || (found.mode & 0o022) !== 0) return { fault: "untrusted" };
  const bytes = Buffer.alloc(STATUS_SIZE);
  if (found.size !== STATUS_SIZE || readSync(fd, bytes, 0, STATUS_SIZE, 0) !== STATUS_SIZE)
    return { fault: "malformed" };
  const status = decodeStatus(bytes);
  return status === undefined ? { fault: "malformed" } : { status };
}
