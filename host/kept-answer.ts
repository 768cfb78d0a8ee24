import { join } from "node:path";
import { makeFolder, writeSoon } from "./files.ts";
import { readOwn } from "./own-file.ts";

/**
 * Answers that can be had again, kept as JSON in a folder of this user's: `read` gives what is there when the file is this
 * user's own and nobody else can write it, whatever its shape; `write` never fails the run. `mode`: of the folder, where it has
 * to be made.
 */
export function keptAnswer(
  folder: string,
  name: string,
  mode = 0o755,
): { read(): unknown; write(value: unknown): void } {
  const file = join(folder, name);
  return {
    read: () => {
      try {
        return JSON.parse(readOwn(file)?.toString("utf8") ?? "null");
      } catch {
        return undefined;
      }
    },
    write: (value) => {
      try {
        makeFolder(folder, mode);
        // Not for others: addresses may have a login in them.
        writeSoon(file, JSON.stringify(value), 0o600);
      } catch {
        // the next look finds the answer again
      }
    },
  };
}
