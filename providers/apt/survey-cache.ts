import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../host/canonical-json.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../../host/files.ts";
import type { Observed } from "../../schema/model/resource.ts";
import type { AptState } from "./observe.ts";
import { sourceFiles } from "./sources.ts";

/** What the package lists say about the installed packages. */
interface Survey {
  /** Digest of every file that it was made from, by size, time and inode. */
  readonly key: string;
  readonly foreign: readonly string[];
  readonly updates?: number;
}

/**
 * Adds what the lists say to what was observed, and reads the lists only when one of the files behind the answer changed:
 * opening 66,000 packages takes longer than all the rest of a check. Without a folder, or where the folder is another
 * user's, every look is a fresh one.
 */
export async function surveyedThrough(
  folder: string | undefined,
  observed: Observed,
  state: AptState,
  survey: () => Promise<Observed | undefined>,
): Promise<Observed> {
  if (folder === undefined) return (await survey()) ?? observed;
  const file = join(folder, "apt-survey.json");
  const key = keyOf(state);
  const kept = readSurvey(file);
  if (kept?.key === key) return withSurvey(observed, kept);
  const fresh = await survey();
  // What could not be looked up is not kept as "not there".
  if (fresh === undefined) return observed;
  keep(file, surveyOf(key, fresh));
  return fresh;
}

function surveyOf(key: string, { resources, counts }: Observed): Survey {
  const foreign = [...resources.values()].filter((resource) => resource.foreign === true).map(({ name }) => name);
  return { key, foreign, ...(counts.updates === undefined ? {} : { updates: counts.updates }) };
}

function withSurvey(observed: Observed, { foreign, updates }: Survey): Observed {
  const names = new Set(foreign);
  const resources = [...observed.resources].map(
    ([key, resource]) =>
      [key, resource.health === "residual" ? resource : { ...resource, foreign: names.has(key) }] as const,
  );
  return {
    ...observed,
    resources: new Map(resources),
    counts: { ...observed.counts, ...(updates === undefined ? {} : { updates }) },
  };
}

/** dpkg's database, the lists, and all that decides between versions. */
function keyOf({ config }: AptState): string {
  const { paths } = config;
  const files = [
    paths.status,
    ...filesIn(paths.updates),
    ...filesIn(paths.lists),
    ...sourceFiles(config),
    paths.preferences,
    ...filesIn(paths.preferencesParts),
  ];
  return digestOf({ dump: config.dump, files: files.map(stampOf) });
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [folder];
  }
}

function stampOf(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? `${path} absent` : `${path} ${found.size} ${found.mtimeNs} ${found.ino}`;
}

function readSurvey(file: string): Survey | undefined {
  try {
    const found = lstatSync(file, { throwIfNoEntry: false });
    const own = found?.isFile() === true && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0;
    return own ? (JSON.parse(readIfPresent(file)?.toString("utf8") ?? "null") as Survey) : undefined;
  } catch {
    return undefined;
  }
}

function keep(file: string, survey: Survey): void {
  try {
    makeFolder(join(file, ".."), 0o755);
    writeAtomic(file, JSON.stringify(survey), 0o644);
  } catch {
    // the next look reads the lists again
  }
}
