import { existsSync } from "node:fs";
import type { AptConfig } from "../machine/config.ts";
import { partFiles } from "../machine/parts.ts";

/** The files of the keys that may sign for a source without Signed-By, as far as they exist (apt-secure(8)). */
export function trustedKeyFiles({ paths }: AptConfig): string[] {
  const hasMain = paths.trusted !== "" && paths.trusted !== "/dev/null" && existsSync(paths.trusted);
  return [...(hasMain ? [paths.trusted] : []), ...partFiles(paths.trustedParts, ["gpg", "asc"])];
}
