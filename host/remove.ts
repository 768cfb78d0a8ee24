import { lstatSync, realpathSync, renameSync, rmSync, type Stats } from "node:fs";
import { dirname, isAbsolute, normalize, sep } from "node:path";
import { OmgError } from "../schema/error.ts";
import { failpoint } from "./failpoint.ts";
import { syncFolder, temporarySibling } from "./files.ts";

/** Fewer names than this in a path, and it could be somebody's whole folder: `/`, `/home/ann`. */
const FEWEST_NAMES = 3;

/**
 * Removes a file or a whole folder that omg made; a symbolic link itself, never what it points to. What is not there counts
 * as removed. OmgError `remove-refused` for a path that is relative, not in its plain form, or too near the root (also after
 * the links in front of it), and where a folder on the way is a link of another user.
 */
export function removeTree(path: string): void {
  if (!isAbsolute(path)) throw refused(path, "it is not an absolute path");
  if (path !== normalize(path) || path.endsWith(sep)) throw refused(path, "it is not written in its plain form");
  if (namesIn(path) < FEWEST_NAMES) throw refused(path, "it is too near the root of the file system");
  const foreign = foreignLink(dirname(path));
  if (foreign !== undefined) throw refused(path, `${foreign} is a link that belongs to another user`);
  if (lstat(path) === undefined) return;
  const parent = realpathSync(dirname(path));
  if (namesIn(parent) < FEWEST_NAMES - 1)
    throw refused(path, `its folder is really ${parent}, too near the root of the file system`);
  removeAtOnce(path);
  syncFolder(parent);
}

/** A folder loses its name before its content: half of it would look like a whole one. */
function removeAtOnce(path: string): void {
  if (lstat(path)?.isDirectory() !== true) {
    rmSync(path, { force: true });
    return;
  }
  const aside = temporarySibling(path);
  renameSync(path, aside);
  failpoint("remove.before-content");
  rmSync(aside, { recursive: true, force: true });
}

function namesIn(path: string): number {
  return path.split(sep).filter((name) => name !== "").length;
}

function foreignLink(folder: string): string | undefined {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    const facts = lstat(at);
    const trusted = facts?.uid === 0 || facts?.uid === process.geteuid?.();
    if (facts?.isSymbolicLink() === true && !trusted) return at;
  }
  return undefined;
}

function lstat(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function refused(path: string, why: string): OmgError {
  return new OmgError({
    code: "remove-refused",
    exit: "error",
    message: `${JSON.stringify(path)} was not removed: ${why}.`,
    state: "Nothing was removed.",
  });
}
