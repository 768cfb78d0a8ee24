import { lstatSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, readIfPresent, writeAtomic } from "./files.ts";

/**
 * Answers that can be had again, kept as JSON in a folder of this user's: `read` gives what is there when the file is this
 * user's own and nobody else can write it, whatever its shape; `write` never fails the run.
 */
export function keptAnswer(folder: string, name: string): { read(): unknown; write(value: unknown): void } {
  const file = join(folder, name);
  return {
    read: () => {
      try {
        const found = lstatSync(file, { throwIfNoEntry: false });
        const own = found?.isFile() === true && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0;
        return own ? JSON.parse(readIfPresent(file)?.toString("utf8") ?? "null") : undefined;
      } catch {
        return undefined;
      }
    },
    write: (value) => {
      try {
        makeFolder(folder, 0o755);
        // Not for others: addresses may have a login in them.
        writeAtomic(file, JSON.stringify(value), 0o600);
      } catch {
        // the next look finds the answer again
      }
    },
  };
}

/** A file as it is now: size, times and inode. Changes whenever the file does. */
export function stampOf(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined
    ? `${path} absent`
    : `${path} ${found.size} ${found.mtimeNs} ${found.ctimeNs} ${found.ino}`;
}
