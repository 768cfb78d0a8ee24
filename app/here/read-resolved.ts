import { statSync } from "node:fs";
import { join } from "node:path";
import { fnv1a64 } from "../../host/fnv.ts";
import { readOwn } from "../../host/own-file.ts";
import { pathsFor, type Who } from "../../host/paths.ts";
import { decodeResolved, MAX_RESOLVED, type Resolved, type Stamp } from "../../schema/wire/resolved.ts";

/** Where a resolved folder is kept: with other versions, which another data folder has, it is another one. native/resolved.c does the same. */
export function keptPath(who: Who, folder: string): string {
  const { cache, data } = pathsFor("user", who);
  return join(cache, "resolved", fnv1a64(`${join(data, "versions")}\n${folder}`));
}

/** The resolved folder in the cache, if the caller wrote it, nobody else can, and everything is as it was. native/resolved.c does the same. */
export function readResolved(who: Who, folder: string): Resolved | undefined {
  const bytes = readOwn(keptPath(who, folder), MAX_RESOLVED);
  const resolved = bytes === undefined ? undefined : decodeResolved(bytes);
  return resolved?.folder === folder && resolved.stamps.every(isAsItWas) ? resolved : undefined;
}

function isAsItWas({ path, found }: Stamp): boolean {
  try {
    const now = statSync(path, { throwIfNoEntry: false, bigint: true });
    if (now === undefined || found === undefined) return now === found;
    return (
      now.mtimeNs === found.modified &&
      now.ctimeNs === found.changed &&
      now.size === found.size &&
      now.ino === found.inode
    );
  } catch {
    return found === undefined;
  }
}
