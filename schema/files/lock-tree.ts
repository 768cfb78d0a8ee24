import { dirname, relative } from "node:path/posix";
import { type Diagnostic, diagnostic } from "./diagnostics.ts";
import { includeTarget } from "./include-path.ts";
import type { LockDocument } from "./lock-document.ts";
import { type LockFile, parseLockFile } from "./lock-file.ts";
import type { Conditions, UserDocument } from "./lock-schema.ts";

const MAX_DEPTH = 8;
const MAX_INCLUDES = 256;
const MAX_TOTAL_BYTES = 8 * 1024 * 1024;

/** What is needed to read a lock with everything that it includes. */
export interface TreeInput {
  /** Path of the lock, absolute. */
  readonly path: string;
  readonly text: string;
  /** Absolute folder that includes may not leave; default: the lock's own. */
  readonly repository?: string;
  /**
   * Reads an included file; the path is relative to the lock's folder and stays in the repository by its text. It must
   * refuse links that lead out, and anything that is no regular file, by throwing an Error whose message says so.
   */
  readonly read: (relativePath: string) => { readonly path: string; readonly text: string };
}

/** A user's document with the conditions of everything that includes it. */
export interface ConditionalDocument extends LockDocument<UserDocument> {
  readonly conditions: readonly (Conditions | undefined)[];
}

export interface LockTree {
  readonly main: LockFile;
  /** Weakest first: what a document includes comes before the document. */
  readonly users: readonly ConditionalDocument[];
  /** Every file once, by path relative to the lock's folder; the lock itself is the first. */
  readonly files: ReadonlyMap<string, LockFile>;
  readonly problems: readonly Diagnostic[];
}

interface Walk {
  readonly input: TreeInput;
  readonly above: number;
  readonly files: Map<string, LockFile>;
  readonly users: ConditionalDocument[];
  readonly problems: Diagnostic[];
  bytes: number;
  includes: number;
}

/** Reads the lock and its includes. Every included file is read, whether or not its conditions hold here. */
export function readLockTree(input: TreeInput): LockTree {
  const main = parseLockFile(input.path, input.text);
  const name = input.path.slice(input.path.lastIndexOf("/") + 1);
  const walk: Walk = {
    input,
    above: foldersAbove(input),
    files: new Map([[name, main]]),
    users: [],
    problems: [...main.problems],
    bytes: Buffer.byteLength(input.text),
    includes: 0,
  };
  visit(walk, main, [name], []);
  return { main, users: walk.users, files: walk.files, problems: walk.problems };
}

function foldersAbove({ path, repository }: TreeInput): number {
  if (repository === undefined) return 0;
  const below = relative(repository, dirname(path));
  return below === "" || below.startsWith("..") ? 0 : below.split("/").length;
}

function visit(walk: Walk, file: LockFile, chain: readonly string[], outer: readonly (Conditions | undefined)[]): void {
  for (const document of file.users) {
    const conditions = [...outer, document.data.when];
    for (const [index, written] of (document.data.include ?? []).entries()) {
      const at = document.located.valueOffset(["include", index]);
      const fail = (message: string, hint?: string): undefined => {
        walk.problems.push(diagnostic(document.source, at, message, hint));
      };
      follow(walk, written, chain, conditions, fail);
    }
    walk.users.push({ ...document, conditions });
  }
}

type Fail = (message: string, hint?: string) => undefined;

function follow(
  walk: Walk,
  written: string,
  chain: readonly string[],
  conditions: readonly (Conditions | undefined)[],
  fail: Fail,
): undefined {
  const target = includeTarget(written, chain.at(-1) ?? "", walk.above);
  if ("refused" in target) return fail(target.refused, target.hint);
  if (chain.includes(target.path)) return fail(`${written} includes itself`, `the way round: ${chain.join(" → ")}`);
  if (chain.length > MAX_DEPTH) return fail(`includes go more than ${MAX_DEPTH} files deep`);
  if (++walk.includes > MAX_INCLUDES) return walk.includes === MAX_INCLUDES + 1 ? fail("too many includes") : undefined;
  const file = walk.files.get(target.path) ?? load(walk, target.path, fail);
  if (file) visit(walk, file, [...chain, target.path], conditions);
}

function load(walk: Walk, path: string, fail: Fail): LockFile | undefined {
  const read = attempt(() => walk.input.read(path));
  if ("error" in read) return fail(`${path} cannot be read: ${read.error}`);
  walk.bytes += Buffer.byteLength(read.value.text);
  if (walk.bytes > MAX_TOTAL_BYTES) return fail("the lock and its includes have more than 8 MiB together");
  const file = parseLockFile(read.value.path, read.value.text);
  walk.files.set(path, file);
  walk.problems.push(...file.problems);
  if (file.empty)
    fail(`${path} is empty: omg will not take this as "remove what it named"`, "restore it, or remove the include");
  return file;
}

function attempt<T>(read: () => T): { readonly value: T } | { readonly error: string } {
  try {
    return { value: read() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
