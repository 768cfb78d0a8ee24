import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readIfPresent, writeOwned } from "../../host/files.ts";
import { CLEAN_ENV, type RunResult, run } from "../../host/run.ts";
import { OmgError } from "../../schema/error.ts";
import { type LockVersions, type MergedLock, mergeLocks } from "../../schema/files/merge/lock.ts";
import type { Context } from "../context.ts";

const GIT = "/usr/bin/git";

export interface MergeFiles {
  /** What both come from, what is here and gets the result, and what comes (gitattributes(5), `%O %A %B`). */
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
  /** Its name in the repository. */
  readonly name: string;
}

/**
 * Merges omg.lock for git, name by name. Where both sides changed a name, it stands in the file with markers around it.
 * @throws OmgError `merge-conflict`
 */
export async function mergeLockFiles(ctx: Context, files: MergeFiles): Promise<void> {
  const [base, ours, theirs] = [files.base, files.ours, files.theirs].map((file) => resolve(ctx.cwd, file));
  if (base === undefined || ours === undefined || theirs === undefined) throw new Error("three files were named");
  const lines = await mergedByLines(ours, base, theirs);
  const read = (path: string) => readIfPresent(path)?.toString("utf8") ?? "";
  const merged = mergeLocks({
    base: read(base),
    ours: readFileSync(ours, "utf8"),
    theirs: readFileSync(theirs, "utf8"),
    lines: lines?.code === 0 ? lines.stdout : undefined,
  });
  const text =
    merged?.text ?? (lines !== undefined && lines.code !== null && lines.code < 128 ? lines.stdout : undefined);
  if (text !== undefined) writeOwned(ours, text);
  if (merged === undefined || merged.conflicts.length > 0) throw conflict(files.name, merged?.conflicts ?? []);
}

/** Merges three texts of a lock, as git does with the driver; undefined where it cannot be told by name. */
export async function mergedTexts(texts: Omit<LockVersions, "lines">): Promise<MergedLock | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "omg-merge-"));
  try {
    const file = (name: keyof typeof texts) => join(folder, name);
    for (const name of ["base", "ours", "theirs"] as const) writeFileSync(file(name), texts[name]);
    const lines = await mergedByLines(file("ours"), file("base"), file("theirs"));
    return mergeLocks({ ...texts, lines: lines?.code === 0 ? lines.stdout : undefined });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function mergedByLines(ours: string, base: string, theirs: string): Promise<RunResult | undefined> {
  if (!existsSync(GIT)) return undefined;
  const labels = ["-L", "ours", "-L", "base", "-L", "theirs"];
  return run(GIT, ["merge-file", "-p", "--quiet", ...labels, ours, base, theirs], { env: CLEAN_ENV });
}

/** What two people changed at once, and not to the same. */
export function conflict(
  file: string,
  names: readonly string[],
  about: { readonly state?: string; readonly hint: string } = {
    hint: "Decide which it is, then go on as after any conflict in git.",
  },
): OmgError {
  const which = names.length === 0 ? "in a way that cannot be told by name" : `in ${names.join(", ")}`;
  return new OmgError({
    code: "merge-conflict",
    exit: "error",
    message: `Both sides changed ${file} ${which}.`,
    ...about,
  });
}
