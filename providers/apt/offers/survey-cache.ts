import { lstatSync, readdirSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../../host/canonical-json.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../../../host/files.ts";
import type { Observed } from "../../../schema/model/resource.ts";
import type { AptState } from "../machine/observe.ts";
import { sourceFiles } from "../sources/sources.ts";
import { type Survey, withSurvey } from "./survey.ts";

/** An answer with the digest of every file that it was made from, by size, time and inode. */
interface KeptSurvey extends Survey {
  readonly key: string;
}

/**
 * Adds what the lists say to what was observed, and reads the lists only when one of the files behind the answer changed:
 * opening 66,000 packages takes longer than all the rest of a check. Without a folder, or where the folder is another
 * user's, every look is a fresh one. `survey` resolves to undefined where the lists cannot be read.
 */
export async function surveyedThrough(
  folder: string | undefined,
  observed: Observed,
  state: AptState,
  survey: () => Promise<Survey | undefined>,
): Promise<Observed> {
  const file = folder === undefined ? undefined : join(folder, "apt-survey.json");
  const key = keyOf(state);
  const kept = file === undefined ? undefined : readSurvey(file);
  if (kept?.key === key) return withSurvey(observed, kept);
  const fresh = await survey();
  // What could not be looked up is not kept as "not there".
  if (fresh === undefined) return observed;
  if (file !== undefined) keep(file, { key, ...fresh });
  return withSurvey(observed, fresh);
}

/** dpkg's database with apt's marks, the kernel that is kept, the lists, and all that decides between versions. */
function keyOf({ config }: AptState): string {
  const { paths } = config;
  const files = [
    paths.status,
    paths.extendedStates,
    ...filesIn(paths.updates),
    ...filesIn(paths.lists),
    ...sourceFiles(config),
    paths.preferences,
    ...filesIn(paths.preferencesParts),
  ];
  return digestOf({ dump: config.dump, kernel: release(), files: files.map(stampOf) });
}

/** Files of a folder in order; the folder itself where it cannot be read. */
export function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [folder];
  }
}

/** What changes with a file, without reading it. */
export function stampOf(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? `${path} absent` : `${path} ${found.size} ${found.mtimeNs} ${found.ino}`;
}

function readSurvey(file: string): KeptSurvey | undefined {
  try {
    const found = lstatSync(file, { throwIfNoEntry: false });
    const own = found?.isFile() === true && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0;
    const kept: unknown = own ? JSON.parse(readIfPresent(file)?.toString("utf8") ?? "null") : undefined;
    return isKept(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

function isKept(value: unknown): value is KeptSurvey {
  const survey = value as Partial<Record<keyof KeptSurvey, unknown>> | null | undefined;
  const { unlisted, complete, origins } = survey ?? {};
  return Array.isArray(unlisted) && typeof complete === "boolean" && typeof origins === "object" && origins !== null;
}

function keep(file: string, survey: KeptSurvey): void {
  try {
    makeFolder(join(file, ".."), 0o755);
    writeAtomic(file, JSON.stringify(survey), 0o644);
  } catch {
    // the next look reads the lists again
  }
}
