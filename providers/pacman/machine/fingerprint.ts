import { digestOf } from "../../../host/canonical-json.ts";
import { sha256, sha256File } from "../../../host/digest.ts";
import { stampOf } from "../../../host/file-stamp.ts";
import { readIfPresent } from "../../../host/files.ts";
import { keptAnswer } from "../../../host/kept-answer.ts";
import { databaseFile } from "../sync/database.ts";
import type { Source } from "../sync/databases.ts";
import type { PacmanConfig } from "./config.ts";

/** Hex SHA-256 by the stamp of a file. */
type Digests = Readonly<Record<string, string>>;

/**
 * Digest of what a resolution reads besides what is installed: pacman's configuration, and what its repositories offer. Databases are
 * hashed again only where they changed, with a folder for that. System errors pass.
 */
export async function fingerprintOf(
  { files }: PacmanConfig,
  sources: readonly Source[],
  cache: string | undefined,
): Promise<string> {
  const contents = files.map((path) => [path, sha256(readIfPresent(path) ?? "")] as const);
  const store = cache === undefined ? undefined : keptAnswer(cache, "pacman-digests.json");
  const kept = (store?.read() ?? {}) as Digests;
  const found: Record<string, string> = {};
  const databases: Record<string, string> = {};
  for (const { folder, name } of sources) {
    const path = databaseFile(folder, name);
    const stamp = stampOf(path);
    const digest = kept[stamp] ?? (await digestIfPresent(path));
    databases[name] = digest;
    if (stampOf(path) === stamp) found[stamp] = digest;
  }
  if (Object.keys(found).some((stamp) => kept[stamp] === undefined)) store?.write(found);
  return digestOf({ configuration: Object.fromEntries(contents), databases });
}

async function digestIfPresent(path: string): Promise<string> {
  return sha256File(path).then(
    (digested) => digested.sha256,
    () => "absent",
  );
}
