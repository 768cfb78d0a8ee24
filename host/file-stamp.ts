import { type BigIntStats, lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** A file as it is now: path, size, times and inode, of a symbolic link and of what it leads to. Changes whenever the file does. */
export function stampOf(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  if (found?.isSymbolicLink() !== true) return `${path} ${factsOf(found)}`;
  return `${path} ${factsOf(found)} ${factsOf(statSync(path, { throwIfNoEntry: false, bigint: true }))}`;
}

function factsOf(found: BigIntStats | undefined): string {
  return found === undefined ? "absent" : [found.size, found.mtimeNs, found.ctimeNs, found.ino].join(" ");
}

/** Paths to stamp for a folder: its files in order; the folder itself where it cannot be read. */
export function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [folder];
  }
}
