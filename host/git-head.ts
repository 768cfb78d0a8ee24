import { type Stats, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { withoutCredentials } from "./address.ts";
import { errnoOf } from "./disk.ts";
import { readIfPresent } from "./files.ts";
import { remoteAddress } from "./git-config.ts";

const LIMIT = 64 << 20;
/** git itself follows symbolic references this deep (gitrepository-layout(5) sets no limit; refs.c does). */
const DEEPEST = 5;

/** The work tree that a folder lies in. */
export interface Repository {
  /** Top folder of the work tree. */
  readonly root: string;
  /** Address of `origin`, without credentials. */
  readonly origin?: string;
  /** Hex object name of what is checked out; absent before the first commit. */
  readonly commit?: string;
}

/**
 * The git work tree around a folder, read from its files: no git is started, and nothing that the repository's configuration
 * names is run or included. Layout: gitrepository-layout(5). Undefined outside of any. System errors pass.
 */
export function readRepository(folder: string): Repository | undefined {
  for (let root = resolve(folder); ; root = dirname(root)) {
    const gitFolder = gitFolderOf(root);
    if (gitFolder !== undefined) return describe(root, gitFolder);
    if (root === dirname(root)) return undefined;
  }
}

/** The address of a remote of the work tree around a folder, its login included; undefined where there is none of that name. */
export function addressOfRemote(folder: string, remote: string): string | undefined {
  const root = readRepository(folder)?.root;
  const gitFolder = root === undefined ? undefined : gitFolderOf(root);
  return gitFolder === undefined ? undefined : remoteAddress(configOf(gitFolder), remote);
}

function gitFolderOf(root: string): string | undefined {
  const path = join(root, ".git");
  const facts = factsOf(path);
  if (facts === undefined) return undefined;
  const target = facts.isDirectory() ? path : linkedFolder(root, path);
  // As git does: a folder that merely has the name, without a HEAD, is none.
  return target !== undefined && factsOf(join(target, "HEAD")) !== undefined ? target : undefined;
}

function factsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Work trees and submodules have a file `.git` that says `gitdir: PATH`. */
function linkedFolder(root: string, file: string): string | undefined {
  const target = /^gitdir: (.+?)\r?\n?$/.exec(textOf(file) ?? "")?.[1];
  return target === undefined ? undefined : resolve(root, target);
}

function describe(root: string, gitFolder: string): Repository {
  const origin = remoteAddress(configOf(gitFolder), "origin");
  const commit = resolveReference("HEAD", gitFolder, commonOf(gitFolder), DEEPEST);
  return {
    root,
    ...(origin === undefined ? {} : { origin: withoutCredentials(origin) }),
    ...(commit === undefined ? {} : { commit }),
  };
}

/** What several work trees of one repository share (gitrepository-layout(5), commondir). */
function commonOf(gitFolder: string): string {
  const shared = textOf(join(gitFolder, "commondir"))?.trim();
  return shared === undefined ? gitFolder : resolve(gitFolder, shared);
}

function configOf(gitFolder: string): string {
  return textOf(join(commonOf(gitFolder), "config")) ?? "";
}

function resolveReference(name: string, gitFolder: string, common: string, depth: number): string | undefined {
  if (depth === 0 || !isReferenceName(name)) return undefined;
  const loose = textOf(join(gitFolder, name)) ?? textOf(join(common, name));
  const content = loose?.trim() ?? packedReference(name, common);
  const target = /^ref:\s*(.+)$/.exec(content ?? "")?.[1];
  if (target !== undefined) return resolveReference(target, gitFolder, common, depth - 1);
  return content !== undefined && isObjectName(content) ? content : undefined;
}

/** git-pack-refs(1): one `OBJECT NAME` a line, beside comments (`#`) and what a tag points at (`^`). */
function packedReference(name: string, common: string): string | undefined {
  const line = textOf(join(common, "packed-refs"))
    ?.split("\n")
    .find((entry) => entry.endsWith(` ${name}`));
  return line?.split(" ")[0];
}

/** git-check-ref-format(1), as far as it keeps a name inside the repository's folder. */
function isReferenceName(name: string): boolean {
  return (name === "HEAD" || name.startsWith("refs/")) && !name.split("/").includes("..");
}

function isObjectName(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

function textOf(path: string): string | undefined {
  try {
    return readIfPresent(path, LIMIT)?.toString("utf8");
  } catch (error) {
    // A folder where a reference was looked for: `refs/heads/a` beside `refs/heads/a/b`.
    if (errnoOf(error) === "EISDIR") return undefined;
    throw error;
  }
}
