import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { run } from "../../../host/run.ts";
import { OmgError } from "../../../schema/error.ts";
import type { AptConfig } from "../machine/config.ts";
import { unfetched } from "./list-names.ts";
import type { SourceEntry } from "./source-entry.ts";
import { readSources } from "./sources.ts";

/**
 * Brings the private lists of an overlay up to date. What the machine has fetched itself is taken as it is, as in any other
 * plan: only files of sources that are `fresh` and what was never fetched is asked for, so that a user needs no password of a
 * source that this is not about. Without `fresh`, all of it. `folder` is for the files of one fetch. Errors: OmgError
 * `sources-unreachable` with apt's words for each source that it could not read.
 */
export async function fetchLists(
  config: AptConfig,
  machine: AptConfig,
  fresh: readonly string[] | undefined,
  folder: string,
): Promise<void> {
  const scope = fresh === undefined ? [] : scopeOf(config, fresh, folder);
  if (scope === undefined) return;
  // apt would read all the lists once more when it has them, only to look for errors.
  const args = ["-q", ...scope, "-o", "pkgCacheFile::Generate=false", "update"];
  const { code, stderr } = await run("/usr/bin/apt-get", args, { env: config.env });
  if (code === 0) return;
  throw new OmgError({
    code: "sources-unreachable",
    exit: "unreachable",
    message: "apt could not read all the sources that this plan would have.",
    state: "Nothing was changed.",
    hint: "Look at the source that is named: its address, its keys, and whether it can be reached from here (network, proxy).",
    details: complaints(stderr, config, machine),
  });
}

/** Options that leave only the sources to be fetched, copied into `folder`; undefined where there are none. */
function scopeOf(config: AptConfig, fresh: readonly string[], folder: string): readonly string[] | undefined {
  const { sourceList, sourceParts, lists } = config.paths;
  const open = readSources(config).filter((entry) => isOpen(entry, lists));
  const files = new Set([...fresh.map((name) => sourceParts + name), ...open.map(({ file }) => file)]);
  if (files.size === 0) return undefined;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const file of files) if (file !== sourceList) copyFileSync(file, join(folder, basename(file)));
  const main = files.has(sourceList) ? sourceList : "/dev/null";
  const options = [`Dir::Etc::sourcelist=${main}`, `Dir::Etc::sourceparts=${folder}/`, "APT::Get::List-Cleanup=false"];
  return options.flatMap((option) => ["-o", option]);
}

/** Whether something of a source was never fetched. */
function isOpen({ enabled, types, uris, suites }: SourceEntry, lists: string): boolean {
  const words = { uris: uris.join(" "), suites: suites.join(" ") };
  return enabled && types.includes("deb") && unfetched(words, lists).length > 0;
}

/** apt's own words, with the files that people know in place of our copies. */
function complaints(stderr: string, config: AptConfig, machine: AptConfig): string[] {
  const lines = stderr
    .replaceAll(config.paths.sourceParts, machine.paths.sourceParts)
    .replaceAll(config.paths.sourceParts.replace(/[^/]*\/$/, "fresh/"), machine.paths.sourceParts)
    .replaceAll(config.paths.sourceList, machine.paths.sourceList)
    .replace(/(:\/\/)[^/@\s]*@/g, "$1")
    .split("\n")
    .filter((line) => /^[EW]: /.test(line));
  return [...new Set(lines)].map((line) => line.slice(3));
}
