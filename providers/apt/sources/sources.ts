import { extname } from "node:path";
import { readIfPresent } from "../../../host/files.ts";
import type { AptConfig } from "../machine/config.ts";
import { partFiles } from "../machine/parts.ts";
import type { SourceEntry } from "./source-entry.ts";
import { parseSourceLines } from "./source-lines.ts";
import { parseSourceStanzas } from "./source-stanzas.ts";

/**
 * Every source of `sources.list` and the folder of its parts, disabled ones included, in apt's order. Errors: OmgError
 * `apt-sources-invalid` for what apt itself refuses; system errors pass.
 */
export function readSources({ paths }: AptConfig): SourceEntry[] {
  return sourceFiles({ paths }).flatMap(readSourceFile);
}

/** The sources of one file; none where there is no such file. Errors as those of `readSources`. */
export function readSourceFile(file: string): SourceEntry[] {
  const bytes = readIfPresent(file);
  if (bytes === undefined) return [];
  return extname(file) === ".sources" ? parseSourceStanzas(bytes, file) : parseSourceLines(bytes.toString(), file);
}

/** The files that sources are read from, in order. The first need not exist. */
export function sourceFiles({ paths }: Pick<AptConfig, "paths">): string[] {
  const main = paths.sourceList === "" ? [] : [paths.sourceList];
  return [...main, ...partFiles(paths.sourceParts, ["list", "sources"])];
}
