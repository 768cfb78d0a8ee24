import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, writeSoon } from "../host/files.ts";
import { readOwn } from "../host/own-file.ts";
import type { Catalog } from "../schema/model/catalog.ts";
import type { PartOf } from "./build.ts";
import { decodeIndex } from "./layout.ts";

const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Parts of a catalog that were built before, in a folder of this user's, so that of several lists only those are read that are new. The only
 * part of a catalog is not kept: the index has all of it.
 */
export function keptParts(
  folder: string,
  { parts }: Pick<Catalog, "parts">,
): { readonly partOf: PartOf; readonly forgetOthers: () => void } {
  const partOf: PartOf = async ({ key }, build) => {
    const path = join(folder, key);
    const kept = parts.length > 1 ? readOwn(path, MAX_BYTES) : undefined;
    const known = kept === undefined ? undefined : decodeIndex(kept, key);
    if (known !== undefined) return known;
    const bytes = await build();
    const built = decodeIndex(bytes, key);
    if (built === undefined) throw new Error("the part of an index that was just made cannot be read");
    if (parts.length > 1) attempt(() => write(folder, path, bytes));
    return built;
  };
  const forgetOthers = () => {
    const known = new Set(parts.map(({ key }) => key));
    attempt(() => {
      for (const name of readdirSync(folder)) if (!known.has(name)) rmSync(join(folder, name), { force: true });
    });
  };
  return { partOf, forgetOthers };
}

function write(folder: string, path: string, bytes: Buffer): void {
  makeFolder(folder);
  writeSoon(path, bytes);
}

/** What cannot be kept is read again. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // as without a folder
  }
}
