import { join } from "node:path";
import { git, gitOk } from "../../host/git.ts";
import { type Mirror, type MirrorOptions, openMirror } from "../../host/git-mirror.ts";
import { discard } from "../../host/worker.ts";
import { OmgError } from "../../schema/error.ts";

/** A recipe's repository, or one that is a source of it. */
export interface Repository extends Mirror {
  /** Text of a file in a commit; undefined where it has none. */
  text(commit: string, path: string): Promise<string | undefined>;
  /** Files of a commit, all folders through. Errors: OmgError `recipe-invalid` for links and submodules. */
  files(commit: string): Promise<readonly string[]>;
  /** What changed between two commits, or all of the later one, as text. Errors: OmgError `recipe-too-large`. */
  diff(from: string | undefined, to: string): Promise<string>;
  /** Writes a commit's files, byte for byte, into an empty folder of the worker's. */
  checkOut(commit: string, to: string): Promise<void>;
}

const MAX_FILE = 1 << 20;

/** Opens the copy of a repository, or begins one; nothing is fetched yet. */
export async function openRepository(options: Omit<MirrorOptions, "protocols" | "largest">): Promise<Repository> {
  const mirror = await openMirror(options);
  const { folder } = mirror;
  return {
    ...mirror,
    text: async (commit, path) => {
      const ran = await git(["cat-file", "blob", `${commit}:${path}`], { folder, maxOutputBytes: 2 * MAX_FILE });
      return ran.code === 0 ? ran.stdout : undefined;
    },
    files: async (commit) => filesOf(await gitOk(["ls-tree", "-r", "-z", "--full-tree", commit], { folder })),
    diff: (from, to) => diffOf(folder, from, to),
    checkOut: (commit, to) => checkOut(folder, commit, to),
  };
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
