import { chmodSync, closeSync, copyFileSync, existsSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { withoutCredentials } from "../../../host/address.ts";
import { openSource } from "../../../host/fetch-source.ts";
import { makeFolder } from "../../../host/files.ts";
import { gitOk } from "../../../host/git.ts";
import { environmentRouting } from "../../../host/proxy.ts";
import { workerFolder } from "../../../host/worker.ts";
import { OmgError } from "../../../schema/error.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { SourceFile, SourceRepository } from "../recipe/source.ts";
import { differingSum, requireSums } from "./checksums.ts";
import { sourceRepository } from "./repositories.ts";

export interface SourceMeans {
  /** Commits of the git sources. */
  readonly commits: Readonly<Record<string, string>>;
  /** Folder of the repositories that are sources. */
  readonly repositories: string;
  /** Folder that keeps what was fetched and has a checksum. */
  readonly kept: string;
  readonly signal: AbortSignal;
}

/** The largest source that is taken. Bytes. */
const LARGEST = 16 * 2 ** 30;
const WAITING = { connectMs: 15_000, stallMs: 60_000 };

/**
 * Puts every source of a recipe into `to`, under the name that makepkg looks for, its checksums compared. What lies beside the recipe,
 * in `companions`, is compared where it is. Errors: OmgError `source-mismatch`, `source-unreachable`, `source-missing`.
 */
export async function gatherSources(recipe: Recipe, to: string, companions: string, means: SourceMeans): Promise<void> {
  for (const source of recipe.sources) {
    if (source.type === "git") await gatherRepository(source, join(to, source.file), means);
    else if (source.type === "companion") await checkCompanion(source, companions);
    else await gatherFile(source, join(to, source.file), means);
  }
}

async function checkCompanion({ file, sums }: SourceFile, folder: string): Promise<void> {
  if (!existsSync(join(folder, file)))
    throw new OmgError({
      code: "recipe-invalid",
      exit: "refused",
      message: `The recipe names ${file} among its sources, and does not have it.`,
      state: "Nothing was built or changed.",
      hint: "Ask its maintainer.",
    });
  await requireSums(join(folder, file), file, sums, "the recipe's own repository");
}

async function gatherFile(source: SourceFile, to: string, { kept, signal }: SourceMeans): Promise<void> {
  const { file, sums, address = "" } = source;
  const strongest = sums.findLast(({ kind }) => kind !== "md5" && kind !== "sha1");
  const known = strongest === undefined ? undefined : join(kept, `${strongest.kind}-${strongest.hex}`);
  // What was kept may be damaged, or have another of the checksums wrong: then it is as if it were not there.
  if (known === undefined || !existsSync(known) || (await differingSum(known, sums)) !== undefined) {
    makeFolder(kept, 0o700);
    const part = join(kept, `part-${process.pid}`);
    try {
      await download(address, part, signal);
      await requireSums(part, file, sums, withoutCredentials(address));
      if (known === undefined) copyFileSync(part, to);
      else renameSync(part, known);
    } finally {
      rmSync(part, { force: true });
    }
  }
  if (known !== undefined) copyFileSync(known, to);
  chmodSync(to, 0o644);
}

async function download(address: string, to: string, signal: AbortSignal): Promise<void> {
  const fd = openSync(to, "w", 0o600);
  try {
    const source = await openSource(address, { ...WAITING, routing: environmentRouting(process.env), signal });
    try {
      let length = 0;
      for await (const chunk of source.chunks) {
        length += chunk.length;
        if (length > LARGEST) throw new Error(`more than ${LARGEST} bytes came`);
        writeSync(fd, chunk);
      }
    } finally {
      await source.close();
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new OmgError({
      code: "source-unreachable",
      exit: "unreachable",
      message: `${withoutCredentials(address)} could not be fetched: ${cause instanceof Error ? cause.message : String(cause)}`,
      state: "Nothing was built or changed. What has been fetched is kept.",
      hint: "Try again; or see whether the recipe has a newer address: `omg update`.",
      cause,
    });
  } finally {
    closeSync(fd);
  }
}

/** A repository of its own for the build, which may do with it what it likes: nothing in it but the pinned commit, and tags to tell its version by. */
async function gatherRepository(source: SourceRepository, to: string, means: SourceMeans): Promise<void> {
  const { file, fragment } = source;
  const { repositories: folder, commits, signal } = means;
  const commit = commits[file] ?? "";
  const from = await sourceRepository(source, commit, { folder, signal });
  // makepkg takes a branch by its name, and without one what HEAD is.
  const branch = fragment?.kind === "branch" ? fragment.name : "omg";
  const tag = fragment?.kind === "tag" ? [`+refs/tags/${fragment.name}:refs/tags/${fragment.name}`] : [];
  const pinned = `refs/omg/pinned/${commit}`;
  await gitOk(["update-ref", pinned, commit], { folder: from.folder });
  await gitOk(["init", "--quiet", "--bare", "--template=", workerFolder(to)], {});
  const fetch = ["fetch", "--quiet", "--no-write-fetch-head", "--tags", "--end-of-options", from.folder];
  await gitOk([...fetch, `+${pinned}:refs/heads/${branch}`, ...tag], { folder: to, protocols: "file", signal });
  await gitOk(["symbolic-ref", "HEAD", `refs/heads/${branch}`], { folder: to });
}
