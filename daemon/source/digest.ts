import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../host/digest.ts";
import { errnoOf } from "../../host/disk.ts";

/** Hex SHA-256 over the names and the bytes of files, by path. Pure. */
export function digestOfFiles(files: ReadonlyMap<string, string | Uint8Array>): string {
  const hash = createHash("sha256");
  for (const name of [...files.keys()].sort()) hash.update(`${name}\0${sha256(files.get(name) ?? "")}\n`);
  return hash.digest("hex");
}

/** The same of what lies below a folder; undefined where it cannot be what was written there: something is gone, a link, or no file. */
export function digestOfTree(folder: string): string | undefined {
  try {
    return digestOfFiles(new Map(filesBelow(folder, "")));
  } catch (error) {
    if (error instanceof OddError || errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}

class OddError extends Error {}

function filesBelow(top: string, inside: string): readonly (readonly [string, Buffer])[] {
  return readdirSync(join(top, inside), { withFileTypes: true }).flatMap((entry) => {
    const name = join(inside, entry.name);
    if (entry.isDirectory()) return filesBelow(top, name);
    if (!entry.isFile()) throw new OddError(name);
    return [[name, readFileSync(join(top, name))] as const];
  });
}
