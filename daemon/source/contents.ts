import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { join as joinInside } from "node:path/posix";
import { ARTIFACTS } from "../../app/laid-out.ts";
import { withoutCredentials } from "../../host/address.ts";
import { makeFolder, replaceThrough, temporarySibling } from "../../host/files.ts";
import type { Commit } from "../../host/git-commit.ts";
import type { Objects } from "../../host/git-objects.ts";
import { readPlatform } from "../../host/platform.ts";
import { OmgError } from "../../schema/error.ts";
import { openLock } from "../../schema/files/lock.ts";
import type { PlatformLock } from "../../schema/model/lock.ts";
import type { DaemonFolders, Settings } from "../settings.ts";
import { digestOfFiles, digestOfTree } from "./digest.ts";
import { treeOf } from "./point.ts";

/** Files of a commit, by path in the repository. */
type Contents = ReadonlyMap<string, string>;

/** Stands for the top of the repository where a lock is parsed that lies nowhere yet. */
export const ROOT = "/repository";

/** Who is in the team, where there is one. */
export const MEMBERS = ".omg/members.toml";

/** No lock has more. */
const MOST_FILES = 300;

/**
 * Reads what a run needs of a commit from its objects: the lock, the policy beside it, what the lock includes, and the
 * team's members. With them goes `ARTIFACTS`.
 * @param refuse throws where this machine has not what the lock asks for
 * @throws OmgError `lock-missing`, `lock-empty`, `lock-invalid`, `object-odd`
 */
export async function readContents(
  objects: Objects,
  { tree }: Commit,
  path: string,
  refuse: (lock: PlatformLock) => void = () => undefined,
): Promise<Contents> {
  const found = new Map<string, string | undefined>();
  const lockName = joinInside(path, "omg.lock");
  for (let wanted = [lockName, joinInside(path, "policy.toml"), MEMBERS]; wanted.length > 0; ) {
    for (const name of wanted) found.set(name, await objects.text(tree, name));
    const text = found.get(lockName);
    if (text === undefined) throw lockMissing(lockName);
    if (found.size > MOST_FILES) break;
    wanted = missingIncludes(found, path, text);
  }
  const lock = parse(found, path, found.get(lockName) ?? "");
  refuseEmpty(lock);
  refuse(lock);
  const contents = [...found].flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
  return new Map([...contents, [ARTIFACTS, artifactsOf(lock)]]);
}

/** What was pinned, and the signed lists that vouch for it. */
function artifactsOf({ pins, indexes }: PlatformLock): string {
  const pinned = Object.values(pins).flatMap((section) => Object.values(section).map(({ sha256 }) => sha256));
  const lists = Object.values(indexes).flatMap(({ release, signature, packages }) => [release, signature, packages]);
  const all = [...pinned, ...lists].flatMap((sha256) => (sha256 === undefined ? [] : [`${sha256}\n`]));
  return [...new Set(all)].sort().join("");
}

/** The names of files that the lock includes and nobody looked for yet. */
function missingIncludes(found: ReadonlyMap<string, string | undefined>, path: string, text: string): string[] {
  const wanted = new Set<string>();
  try {
    parse(found, path, text, (name) => wanted.add(name));
  } catch (error) {
    // What is wrong with it is said once all of it is here.
    if (!(error instanceof OmgError)) throw error;
  }
  return [...wanted];
}

/** In a folder that is not there: whatever the lock names is looked for among what was read of the commit. */
function parse(
  found: ReadonlyMap<string, string | undefined>,
  path: string,
  text: string,
  onMissing: (name: string) => void = () => undefined,
): PlatformLock {
  const { lock } = openLock({
    path: join(ROOT, path, "omg.lock"),
    text,
    platform: readPlatform(),
    own: false,
    repository: ROOT,
    read: (name) => {
      const inside = joinInside(path, name);
      const content = found.get(inside);
      if (content !== undefined) return { path: join(ROOT, inside), text: content };
      if (!found.has(inside)) onMissing(inside);
      throw new Error("the commit has no such file");
    },
  });
  return lock;
}

/** A lock that asks for nothing would take away everything that an earlier one brought. */
function refuseEmpty({ packages, runtimes, env, aliases, platform }: PlatformLock): void {
  const sections = Object.values(packages).map(({ packages: named }) => named);
  if ([...sections, runtimes, env, aliases].some((section) => Object.keys(section).length > 0)) return;
  throw new OmgError({
    code: "lock-empty",
    exit: "invalid",
    message: `The commit's omg.lock asks for nothing at all on ${platform}: omg will not take this as "remove everything".`,
    state: "The machine stays as it is.",
    hint: "Put what is wanted back into it, or name at least one thing.",
  });
}

function lockMissing(name: string): OmgError {
  return new OmgError({
    code: "lock-missing",
    exit: "invalid",
    message: `The commit has no ${name}.`,
    state: "The machine stays as it is.",
    hint: "Put it back, or set `path` in config.toml.",
  });
}

/** The files of a commit as they lie below `trees/COMMIT`. */
export interface LaidOut {
  /** As `digestOfTree` has it. */
  readonly digest: string;
  /** Others lay there, which nobody had signed, and were replaced. */
  readonly rewritten: boolean;
}

/**
 * Sees to it that they lie below `trees/COMMIT`, whole and nothing else. So that a plan is bound to repository and commit, two of git's own small files
 * say which they are (gitrepository-layout(5)); `ARTIFACTS` lies there too, where no file of a repository can. There is nothing in them that
 * git would run.
 */
export function writeContents(folders: DaemonFolders, commit: string, contents: Contents, settings: Settings): LaidOut {
  const to = treeOf(folders, commit);
  const origin = JSON.stringify(withoutCredentials(settings.repository));
  const all = new Map([
    ...contents,
    [".git/HEAD", `${commit}\n`],
    [".git/config", `[remote "origin"]\n\turl = ${origin}\n`],
  ]);
  const digest = digestOfFiles(all);
  if (digestOfTree(to) === digest) return { digest, rewritten: false };
  makeFolder(folders.trees, 0o700);
  const rewritten = existsSync(to);
  const aside = temporarySibling(to);
  if (rewritten) renameSync(to, aside);
  replaceThrough(to, (temporary) => {
    for (const [name, text] of all) {
      mkdirSync(dirname(join(temporary, name)), { recursive: true, mode: 0o700 });
      writeFileSync(join(temporary, name), text, { mode: 0o600, flush: true });
    }
  });
  rmSync(aside, { recursive: true, force: true });
  return { digest, rewritten };
}
