import { digestOf } from "../../../host/canonical-json.ts";
import { sha256, sha256File } from "../../../host/digest.ts";
import { readIfPresent } from "../../../host/files.ts";
import { listFolder } from "../../../host/folder.ts";
import { OmgError } from "../../../schema/error.ts";
import type { AptConfig } from "../machine/config.ts";
import type { SourceEntry } from "../sources/source-entry.ts";
import { readSourceFile, sourceFiles } from "../sources/sources.ts";
import { trustedKeyFiles } from "../sources/trusted-keys.ts";
import { preferencesFiles } from "./preferences.ts";

const RELEASE = /(?:^|_)(?:InRelease|Release|Release\.gpg)$/;
const INDEX = /_Packages(?:\.[a-z0-9]+)?$/;

/**
 * Digest of everything that apt's solver reads besides what is installed: configuration, sources, keys, preferences, and the
 * release files, which cover the indexes by their hashes. Contents alone count, no times. An index without a release file
 * counts by its own content. System errors pass.
 */
export async function fingerprintOf(config: AptConfig): Promise<string> {
  const files = [...sourceFiles(config), ...preferencesFiles(config), ...keyFiles(config)];
  const contents = [...new Set(files)].map((path) => [path, contentDigest(path)] as const);
  const digest = {
    configuration: sha256(config.dump),
    files: Object.fromEntries(contents),
    lists: await listDigests(config),
  };
  return digestOf(digest);
}

function keyFiles(config: AptConfig): string[] {
  const named = sourceFiles(config)
    .flatMap(entriesOf)
    .flatMap(({ signedBy }) => signedBy);
  return [...trustedKeyFiles(config), ...named.filter((key) => key.startsWith("/"))];
}

/** A file that apt refuses names no keys; what it holds counts all the same. */
function entriesOf(file: string): readonly SourceEntry[] {
  try {
    return readSourceFile(file);
  } catch (fault) {
    if (fault instanceof OmgError) return [];
    throw fault;
  }
}

function contentDigest(path: string): string {
  const bytes = readIfPresent(path);
  return bytes === undefined ? "absent" : sha256(bytes);
}

async function listDigests({ paths }: AptConfig): Promise<Record<string, string>> {
  const names = listFolder(paths.lists);
  const releases = names.filter((name) => RELEASE.test(name));
  const covered = new Set(releases.map((name) => name.replace(RELEASE, "")));
  const bare = names.filter((name) => INDEX.test(name) && ![...covered].some((prefix) => name.startsWith(prefix)));
  const digests = await Promise.all(
    [...releases, ...bare].sort().map(async (name) => [name, (await sha256File(paths.lists + name)).sha256] as const),
  );
  return Object.fromEntries(digests);
}
