import { statSync } from "node:fs";
import { listFolder } from "../../../host/folder.ts";

/**
 * Absolute paths of the files that apt reads from a folder of parts, in its order: regular files whose names hold only
 * letters, digits, `_`, `-` and `.`, do not begin with a dot, and end in one of the given endings; `""` stands for none at
 * all. Others are ignored, whether Dir::Ignore-Files-Silently spares the user the notice or not (sources.list(5),
 * apt_preferences(5)). A missing folder has no files.
 */
export function partFiles(folder: string, endings: readonly string[]): string[] {
  const names = readNames(folder).filter(
    (name) => /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(name) && hasEnding(name, endings),
  );
  const paths = names.map((name) => folder + name);
  return paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true).sort(byBytes);
}

function readNames(folder: string): string[] {
  return folder === "" || folder === "/dev/null" ? [] : listFolder(folder);
}

function hasEnding(name: string, endings: readonly string[]): boolean {
  const dot = name.lastIndexOf(".");
  return endings.includes(dot < 0 ? "" : name.slice(dot + 1));
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
