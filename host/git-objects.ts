import { createHash } from "node:crypto";
import { OmgError } from "../schema/error.ts";
import { gitOk } from "./git.ts";
import { type Commit, parseCommit } from "./git-commit.ts";

/**
 * What lies in a repository, as bytes whose hash was compared with their name here: whoever can write to the repository, git's own
 * user included, cannot put one object in the place of another.
 */
export interface Objects {
  /** Commits by name. Errors: OmgError `object-damaged`, `object-too-large`. */
  commits(names: readonly string[]): Promise<ReadonlyMap<string, Commit>>;
  /**
   * Text of a regular file below a tree; undefined where there is none. `path`: names with slashes between them. Errors: as for
   * `commits`, and `object-odd` for a link, another repository or a folder.
   */
  text(tree: string, path: string): Promise<string | undefined>;
  /** What lies in each of these trees, by name. Errors: as for `commits`. */
  trees(names: readonly string[]): Promise<ReadonlyMap<string, Folder>>;
  /** Text of files by the names of their objects. Errors: as for `commits`. */
  blobs(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** What lies in a tree, by name. */
export type Folder = ReadonlyMap<string, TreeEntry>;

/** The most that is read at once. Bytes. */
const MAX_BATCH = 64 << 20;
const MAX_FILE = 4 << 20;
const AT_ONCE = 1000;

export function objectsIn(folder: string): Objects {
  const read = (names: readonly string[]) => readObjects(folder, names);
  const all = async <T>(names: readonly string[], as: (name: string, object: GitObject) => T) => {
    const found = new Map<string, T>();
    for (let at = 0; at < names.length; at += AT_ONCE)
      for (const [name, object] of await read(names.slice(at, at + AT_ONCE))) found.set(name, as(name, object));
    return found;
  };
  return {
    commits: (names) => all(names, commitIn),
    trees: (names) => all(names, treeIn),
    blobs: (names) => all(names, textIn),
    text: async (tree, path) => {
      const names = path.split("/");
      let at = tree;
      for (const [index, name] of names.entries()) {
        const entry = treeEntries(at, await one(read, at, "tree")).get(name);
        if (entry === undefined) return undefined;
        const wanted = index === names.length - 1 ? entry.mode.startsWith("100") : entry.mode === "40000";
        if (!wanted) throw odd(path, name);
        at = entry.object;
      }
      const bytes = await one(read, at, "blob");
      if (bytes.length > MAX_FILE) throw tooLarge(path);
      return bytes.toString("utf8");
    },
  };
}

interface GitObject {
  readonly type: string;
  readonly bytes: Buffer;
}

async function one(
  read: (names: readonly string[]) => Promise<ReadonlyMap<string, GitObject>>,
  name: string,
  type: "tree" | "blob",
): Promise<Buffer> {
  const object = (await read([name])).get(name);
  if (object?.type !== type) throw damaged(name);
  return object.bytes;
}

/** git-cat-file(1), BATCH OUTPUT: `NAME TYPE SIZE`, a line break, the bytes, a line break. */
async function readObjects(folder: string, names: readonly string[]): Promise<ReadonlyMap<string, GitObject>> {
  const input = names.map((name) => `${name}\n`).join("");
  const options = { folder, input, encoding: "latin1", maxOutputBytes: MAX_BATCH } as const;
  const output = Buffer.from(await gitOk(["cat-file", "--batch"], options), "latin1");
  if (output.length >= MAX_BATCH) throw tooLarge("What was asked for");
  const found = new Map<string, GitObject>();
  let at = 0;
  for (const name of names) {
    const line = output.indexOf("\n", at);
    const [, type = "", size = ""] =
      /^[0-9a-f]{40} (commit|tree|blob) (\d{1,9})$/.exec(output.toString("latin1", at, Math.max(line, at))) ?? [];
    const bytes = output.subarray(line + 1, line + 1 + Number(size));
    if (type === "" || nameOf(type, bytes) !== name) throw damaged(name);
    found.set(name, { type, bytes });
    at = line + 1 + bytes.length + 1;
  }
  return found;
}

function nameOf(type: string, bytes: Buffer): string {
  return createHash("sha1").update(`${type} ${bytes.length}\0`).update(bytes).digest("hex");
}

function commitIn(name: string, { type, bytes }: GitObject): Commit {
  const commit = type === "commit" ? parseCommit(bytes.toString("latin1")) : undefined;
  if (commit === undefined) throw damaged(name);
  return commit;
}

function textIn(name: string, { type, bytes }: GitObject): string {
  if (type !== "blob") throw damaged(name);
  return bytes.toString("utf8");
}

function treeIn(name: string, { type, bytes }: GitObject): Folder {
  if (type !== "tree") throw damaged(name);
  return treeEntries(name, bytes);
}

interface TreeEntry {
  /** Octal: `100644`, `100755`, `120000` for a link, `40000` for a folder, `160000` for another repository. */
  readonly mode: string;
  readonly object: string;
}

/** git's tree objects: `MODE NAME`, a zero byte, and the 20 bytes of the object's name. */
function treeEntries(tree: string, bytes: Buffer): Folder {
  const found = new Map<string, TreeEntry>();
  for (let at = 0; at < bytes.length; ) {
    const zero = bytes.indexOf(0, at);
    const [, mode = "", name = ""] = /^([0-7]{5,6}) (.+)$/s.exec(bytes.toString("utf8", at, Math.max(zero, at))) ?? [];
    const object = bytes.toString("hex", zero + 1, zero + 21);
    if (mode === "" || object.length !== 40 || found.has(name)) throw damaged(tree);
    found.set(name, { mode, object });
    at = zero + 21;
  }
  return found;
}

function damaged(name: string): OmgError {
  return new OmgError({
    code: "object-damaged",
    exit: "refused",
    message: `What git has as ${name} is not there, not whole, or not what that name stands for.`,
    state: "Nothing was changed.",
    hint: "Remove the copy of the repository, which omg fetches again, and look at the disk.",
  });
}

function odd(path: string, name: string): OmgError {
  return new OmgError({
    code: "object-odd",
    exit: "refused",
    message: `${JSON.stringify(name)} on the way to ${JSON.stringify(path)} is a link, another repository, or a folder where a file should be.`,
    state: "Nothing was read from it, and nothing was changed.",
    hint: "What omg reads from a repository are plain files.",
  });
}

function tooLarge(what: string): OmgError {
  return new OmgError({
    code: "object-too-large",
    exit: "refused",
    message: `${what} is larger than omg reads from a repository.`,
    state: "Nothing was changed.",
  });
}
