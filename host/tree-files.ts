import { type Dirent, existsSync, lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { readRepository } from "./git-head.ts";
import { CLEAN_ENV, run } from "./run.ts";

/** Files below a folder. */
export interface TreeFiles {
  /** Absolute, in order. */
  readonly files: readonly string[];
  /** Whether they are what git tracks, or would track; otherwise everything that lies there. */
  readonly byGit: boolean;
  /** Folders that could not be listed, with the reason. */
  readonly closed: readonly { readonly folder: string; readonly reason: string }[];
  /** What people should know of how they were found. */
  readonly notes: readonly string[];
}

const GIT = "/usr/bin/git";
const TIMEOUT_MS = 60_000;
const MAX_LIST = 256 << 20;
const MOST_FILES = 200_000;

/**
 * Nothing that a repository's configuration names is run: no hooks, no file system monitor, and nothing of anybody's own
 * configuration. Listing files neither fetches nor writes.
 */
const HARMLESS = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.untrackedCache=false"];
const ENV = {
  ...CLEAN_ENV,
  HOME: "/nonexistent",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
};

/**
 * The regular files below a folder: in a work tree of git those that are tracked, or neither tracked nor ignored, and otherwise
 * all of them but git's own. Links are not followed.
 */
export async function filesBelow(folder: string): Promise<TreeFiles> {
  const listed = readRepository(folder) === undefined ? undefined : await listedByGit(folder);
  if (Array.isArray(listed)) return { files: inside(folder, listed), byGit: true, closed: [], notes: [] };
  const notes = listed === undefined ? [] : [`git could not list its files (${listed}): everything below is read.`];
  const { files, closed, isWhole } = walk(folder);
  const cut = isWhole ? [] : [`More than ${MOST_FILES} files: the rest was not looked at.`];
  return { files, byGit: false, closed, notes: [...notes, ...cut] };
}

/** Paths below the folder, or why there are none. As root, git runs as whoever owns the folder. */
async function listedByGit(folder: string): Promise<readonly string[] | string> {
  if (!existsSync(GIT)) return `there is no ${GIT}`;
  const { uid, gid } = lstatSync(folder);
  const args = [...HARMLESS, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."];
  const ran = await run(GIT, args, {
    env: ENV,
    cwd: folder,
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: MAX_LIST,
    ...(process.geteuid?.() === 0 && { as: { uid, gid } }),
  });
  if (ran.code !== 0) return ran.stderr.trim().split("\n")[0] ?? `exit code ${ran.code}`;
  const names = ran.stdout.split("\0").filter((name) => name !== "");
  return [...new Set(names)].sort().map((name) => join(folder, name));
}

/** Those that are files, in folders that really lie below: one that was replaced by a link leads elsewhere. */
function inside(folder: string, paths: readonly string[]): readonly string[] {
  const top = realpathSync(folder);
  const folders = new Map<string, boolean>();
  const isBelow = (path: string): boolean => {
    const parent = path.slice(0, path.lastIndexOf(sep));
    const known = folders.get(parent) ?? staysBelow(top, parent);
    folders.set(parent, known);
    return known;
  };
  return paths.filter((path) => isBelow(path) && lstatSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

function staysBelow(top: string, parent: string): boolean {
  try {
    const real = realpathSync(parent);
    return statSync(real).isDirectory() && (real === top || real.startsWith(top === sep ? sep : `${top}${sep}`));
  } catch {
    // It is gone, or a file: nothing of what git knows there is on the disk.
    return false;
  }
}

function walk(folder: string): Pick<TreeFiles, "files" | "closed"> & { readonly isWhole: boolean } {
  const files: string[] = [];
  const closed: { folder: string; reason: string }[] = [];
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (files.length > MOST_FILES) return { files: files.slice(0, MOST_FILES), closed, isWhole: false };
    const entries = entriesOf(next);
    if (typeof entries === "string") closed.push({ folder: next, reason: entries });
    else {
      const at = next;
      open.push(
        ...entries.filter((each) => each.isDirectory() && each.name !== ".git").map(({ name }) => join(at, name)),
      );
      files.push(...entries.filter((each) => each.isFile()).map(({ name }) => join(at, name)));
    }
  }
  return { files: files.sort(), closed, isWhole: true };
}

/** What lies in a folder, or why that cannot be told. */
function entriesOf(folder: string): readonly Dirent[] | string {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
