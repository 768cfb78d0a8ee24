import { digestOf } from "../../../host/canonical-json.ts";
import { sha256, sha256File } from "../../../host/digest.ts";
import { readIfPresent } from "../../../host/files.ts";
import { databaseFile } from "../sync/database.ts";
import type { Source } from "../sync/databases.ts";
import type { PacmanConfig } from "./config.ts";

/** Digest of what a resolution reads besides what is installed: pacman's configuration, and what its repositories offer. System errors pass. */
export async function fingerprintOf({ files }: PacmanConfig, sources: readonly Source[]): Promise<string> {
  const contents = files.map((path) => [path, sha256(readIfPresent(path) ?? "")] as const);
  const databases: (readonly [string, string])[] = [];
  for (const { folder, name } of sources) {
    const path = databaseFile(folder, name);
    databases.push([
      name,
      await sha256File(path).then(
        ({ sha256: digest }) => digest,
        () => "absent",
      ),
    ]);
  }
  return digestOf({ configuration: Object.fromEntries(contents), databases: Object.fromEntries(databases) });
}
