import { basename } from "node:path";
import { readIfPresent } from "../../../host/files.ts";
import { OmgError } from "../../../schema/error.ts";
import type { AptConfig } from "../machine/config.ts";
import { partFiles } from "../machine/parts.ts";

/** What is different in an overlay. Names of sources are those that omg gives them. */
export interface SourceChange {
  /** Stanzas of a `.sources` file, by name. */
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** The text of every file that sources are read from. */
export interface SourceFiles {
  /** `sources.list`. */
  readonly main: string;
  /** By file name. */
  readonly parts: Readonly<Record<string, string>>;
  /** Names of the parts that the machine does not have; absent: it has none of all this. */
  readonly fresh?: readonly string[];
}

/** The one file that holds a source of omg's. */
export function sourceFileName(name: string): string {
  return `omg-${name}.sources`;
}

/** The machine's source files with the change made to them. Errors: OmgError `apt-sources-unreadable`. */
export function changedSources({ paths }: AptConfig, { add, remove }: SourceChange): SourceFiles {
  const parts = Object.fromEntries(
    foldersFiles(paths.sourceParts).map((path) => [basename(path), readSource(path) ?? ""]),
  );
  for (const name of remove) delete parts[sourceFileName(name)];
  for (const [name, stanza] of Object.entries(add)) parts[sourceFileName(name)] = stanza;
  const fresh = Object.keys(add).map(sourceFileName);
  return { main: paths.sourceList === "" ? "" : (readSource(paths.sourceList) ?? ""), parts, fresh };
}

function foldersFiles(folder: string): readonly string[] {
  try {
    return partFiles(folder, ["list", "sources"]);
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

/** Undefined where there is no such file: one that is there and cannot be read is not the same as none. */
function readSource(path: string): string | undefined {
  try {
    return readIfPresent(path)?.toString("utf8");
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): OmgError {
  return new OmgError({
    code: "apt-sources-unreadable",
    exit: "error",
    message: `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
    state: "What apt's sources would offer is not known; nothing was changed.",
    hint: "Make the file readable for whoever plans (chmod a+r); passwords belong into /etc/apt/auth.conf.d.",
    cause,
  });
}
