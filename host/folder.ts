import { readdirSync } from "node:fs";
import { errnoOf } from "./disk.ts";

/** Names in a folder; none where it does not exist. System errors pass. */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    if (errnoOf(cause) === "ENOENT") return [];
    throw cause;
  }
}
