import { isAbsolute, join, normalize } from "node:path/posix";

/** Where an include leads: a path relative to the lock's folder, or why it may not be followed. */
export type IncludeTarget = { readonly path: string } | { readonly refused: string; readonly hint: string };

/**
 * Resolves an include against the file that it stands in. `from` is that file, relative to the lock's folder; `above` is
 * how many folders the repository reaches above that folder. Links are for the reader to refuse.
 */
export function includeTarget(written: string, from: string, above: number): IncludeTarget {
  const hint = "write a path relative to this file, such as common/tools.yaml";
  if (isAbsolute(written) || /^[A-Za-z]:/.test(written)) return { refused: `${written} is an absolute path`, hint };
  if (/^[-~]|\\|\/$/.test(written)) return { refused: `${written} is not a path of a file`, hint };
  const path = normalize(join(from, "..", written));
  const up = path.split("/").filter((part) => part === "..").length;
  if (up > above) return { refused: `${written} leaves the repository`, hint: "only files of the same repository" };
  if (path.split("/").includes(".git")) return { refused: `${written} is inside .git`, hint };
  return { path };
}
