import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../../host/digest.ts";
import { makeFolder } from "../../../host/files.ts";
import { discard, passage, workerFolder } from "../../../host/worker.ts";
import { OmgError } from "../../../schema/error.ts";
import { git, gitOk, unreachable } from "./git.ts";

/** A copy of somebody's git repository that nobody works in. Commits are full hex names. */
export interface Repository {
  readonly folder: string;
  readonly address: string;
  has(commit: string): Promise<boolean>;
  /** The commit that a name means here; undefined where there is none. */
  commitOf(name: string): Promise<string | undefined>;
  isAncestor(commit: string, of: string): Promise<boolean>;
  /** Text of a file in a commit; undefined where it has none. */
  text(commit: string, path: string): Promise<string | undefined>;
  /** Files of a commit, all folders through. Errors: OmgError `recipe-invalid` for links and submodules. */
  files(commit: string): Promise<readonly string[]>;
  /** What changed between two commits, or all of the later one, as text. Errors: OmgError `recipe-too-large`. */
  diff(from: string | undefined, to: string): Promise<string>;
  /** Writes a commit's files, byte for byte, into an empty folder of the worker's. */
  checkOut(commit: string, to: string): Promise<void>;
  /** Errors: OmgError `repository-unreachable`. */
  fetch(refspecs: readonly string[], signal?: AbortSignal): Promise<void>;
}

export interface RepositoryOptions {
  /** Folder that holds all of them. */
  readonly folder: string;
  readonly address: string;
  /** Whether every object is checked while it arrives, and no redirect followed. */
  readonly strict: boolean;
}

/** Attributes of the repository's own would change bytes, or have programs run over them. */
const NO_ATTRIBUTES = "* -text -eol -ident -filter -diff -merge -working-tree-encoding -export-subst\n";
const PROTOCOLS = "https:http:git";
const MAX_FILE = 1 << 20;

/** Opens the copy of a repository, or begins one; nothing is fetched yet. */
export async function openRepository({ folder: all, address, strict }: RepositoryOptions): Promise<Repository> {
  const folder = join(passage(all), sha256(address).slice(0, 32));
  if (!existsSync(readyMark(folder))) await begin(folder);
  const config = strict
    ? ["fetch.fsckObjects=true", "http.followRedirects=false"]
    : ["http.followRedirects=initial", "transfer.fsckObjects=false"];
  const commitOf = async (name: string) => {
    const ran = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`], { folder });
    return ran.code === 0 ? ran.stdout.trim() : undefined;
  };
  return {
    folder,
    address,
    commitOf,
    has: async (commit) => (await commitOf(commit)) === commit,
    isAncestor: async (commit, of) => (await git(["merge-base", "--is-ancestor", commit, of], { folder })).code === 0,
    text: async (commit, path) => {
      const ran = await git(["cat-file", "blob", `${commit}:${path}`], { folder, maxOutputBytes: 2 * MAX_FILE });
      return ran.code === 0 ? ran.stdout : undefined;
    },
    files: async (commit) => filesOf(await gitOk(["ls-tree", "-r", "-z", "--full-tree", commit], { folder })),
    diff: (from, to) => diffOf(folder, from, to),
    checkOut: (commit, to) => checkOut(folder, commit, to),
    fetch: async (refspecs, signal) => {
      const args = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--prune", "--force"];
      const options = { folder, config, protocols: PROTOCOLS, ...(signal === undefined ? {} : { signal }) };
      const ran = await git([...args, "--end-of-options", address, ...refspecs], options);
      if (ran.code !== 0) throw unreachable(address, ran);
    },
  };
}

/** Beside it, where only this process writes: one that was begun and not finished is begun anew. */
function readyMark(folder: string): string {
  return `${folder}.ready`;
}

async function begin(folder: string): Promise<void> {
  await discard(folder);
  makeFolder(folder, 0o700);
  makeFolder(join(folder, "info"));
  writeFileSync(join(folder, "info", "attributes"), NO_ATTRIBUTES, { mode: 0o644 });
  workerFolder(folder);
  await gitOk(["init", "--quiet", "--bare", "--template=", folder], {});
  writeFileSync(readyMark(folder), "");
}

/** Bytes. Nothing is left out of what somebody agrees to. */
const MAX_DIFF = 4 << 20;
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

async function diffOf(folder: string, from: string | undefined, to: string): Promise<string> {
  const args = ["diff-tree", "-p", "-r", "--no-ext-diff", "--no-textconv", "--no-color", "--text", "--no-renames"];
  // .SRCINFO says what PKGBUILD says, for programs; a build whose sources differ there is refused.
  const range = from === undefined ? ["--root", "--no-commit-id", EMPTY_TREE, to] : [from, to];
  const options = { folder, maxOutputBytes: 2 * MAX_DIFF };
  const text = await gitOk([...args, ...range, "--", ".", ":(exclude).SRCINFO"], options);
  if (Buffer.byteLength(text) <= MAX_DIFF) return text;
  throw new OmgError({
    code: "recipe-too-large",
    exit: "refused",
    message: `What changed in the recipe has more than ${MAX_DIFF} bytes, of which nobody could read all.`,
    state: "Nothing was built or changed.",
    hint: `Look at it with git; then write the commit into the lock: { version: "*", commit: ${to} }.`,
  });
}

function filesOf(listing: string): readonly string[] {
  return listing.split("\0").flatMap((line) => {
    const [, mode, path] = /^(\d+) \w+ [0-9a-f]+\t(.*)$/s.exec(line) ?? [];
    if (mode === undefined || path === undefined) return [];
    if (mode.startsWith("100")) return [path];
    throw new OmgError({
      code: "recipe-invalid",
      exit: "refused",
      message: `The recipe holds ${JSON.stringify(path)}, which is a link or another repository.`,
      state: "Nothing was built or changed.",
      hint: "A recipe is plain files. Ask its maintainer.",
    });
  });
}

async function checkOut(folder: string, commit: string, to: string): Promise<void> {
  const index = join(folder, `index-${process.pid}`);
  const env = { GIT_INDEX_FILE: index, GIT_WORK_TREE: to };
  await gitOk(["read-tree", commit], { folder, env });
  await gitOk(["checkout-index", "--all", "--force"], { folder, env });
  await discard(index);
}
