import { lstatSync, rmSync } from "node:fs";
import { join } from "node:path";
import { listFolder } from "./folder.ts";

/** Nobody who is still at it writes nothing for so long. Milliseconds. */
const LONG = 300_000;

/** Takes away what whoever was killed had begun to write into a folder (`temporarySibling`). What cannot be taken away stays: it is in nobody's way. */
export function removeLeftovers(folder: string, now: Date): void {
  try {
    for (const name of listFolder(folder)) {
      const path = join(folder, name);
      if (!/^\.omg-[0-9a-f]+\.tmp$/.test(name)) continue;
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found?.isDirectory() === false && now.getTime() - found.mtimeMs > LONG) rmSync(path, { force: true });
    }
  } catch {
    // What is in nobody's way keeps nobody from their work.
  }
}
