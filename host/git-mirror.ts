import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "./digest.ts";
import { makeFolder, writeAtomic } from "./files.ts";
import { type GitOptions, git, gitOk, notPushed, unreachable } from "./git.ts";
import { overSsh, type SshMeans } from "./git-ssh.ts";
import { discard, passage, workerFolder } from "./worker.ts";

/** A bare repository on this disk that nobody works in. Commits are full hex names. */
export interface Bare {
  readonly folder: string;
  has(commit: string): Promise<boolean>;
  /** The commit that a name means here; undefined where there is none. */
  commitOf(name: string): Promise<string | undefined>;
  isAncestor(commit: string, of: string): Promise<boolean>;
}

/** A copy of somebody's git repository. */
export interface Mirror extends Bare {
  readonly address: string;
  /** Errors: OmgError `repository-unreachable`, `reference-missing`. */
  fetch(refspecs: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Files that references here point at, by the references' full names below a prefix. */
  filesUnder(
    prefix: string,
  ): Promise<readonly { readonly name: string; readonly object: string; readonly size: number }[]>;
  /** Has a reference of the repository point at a file with this text, whatever it pointed at. Errors: as for `push`. */
  publish(reference: string, text: string, signal?: AbortSignal): Promise<void>;
  /** Whatever is there under these names is replaced. Errors: OmgError `push-failed`. */
  push(refspecs: readonly string[], signal?: AbortSignal): Promise<void>;
}

export interface MirrorOptions {
  /** Folder that holds all of them. */
  readonly folder: string;
  readonly address: string;
  /** Whether every object is checked while it arrives, and no redirect followed. */
  readonly strict: boolean;
  /** What may be fetched with, as git names them. Default: `https:http:git`. */
  readonly protocols?: string;
  /** For an `ssh:` address. */
  readonly ssh?: SshMeans;
  /** Bytes that one file of it may have. Default: what `git` has. */
  readonly largest?: number;
}

/** Attributes of the repository's own would change bytes, or have programs run over them. */
const NO_ATTRIBUTES = "* -text -eol -ident -filter -diff -merge -working-tree-encoding -export-subst\n";
const FETCH = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--prune", "--force"];
const PUSH = ["push", "--quiet", "--force", "--no-verify"];

/** Opens the copy of a repository, or begins one; nothing is fetched yet. */
export async function openMirror(options: MirrorOptions): Promise<Mirror> {
  const { folder: all, address, strict, protocols = "https:http:git", largest } = options;
  const folder = join(passage(all), sha256(address).slice(0, 32));
  if (!existsSync(readyMark(folder))) await begin(folder);
  const config = strict
    ? ["fetch.fsckObjects=true", "http.followRedirects=false"]
    : ["http.followRedirects=initial", "transfer.fsckObjects=false"];
  const talk = async (command: readonly string[], refspecs: readonly string[], signal: AbortSignal | undefined) => {
    const { from, ...means } = strict ? withoutLogin(address) : { from: address };
    const how: GitOptions = {
      folder,
      config,
      protocols,
      ...(largest === undefined ? {} : { largest }),
      ...means,
      ...(signal === undefined ? {} : { signal }),
      ...readingFile(folder, address),
      ...(options.ssh === undefined ? {} : overSsh(options.ssh, all)),
    };
    return git([...command, "--end-of-options", from, ...refspecs], how);
  };
  const push = async (refspecs: readonly string[], signal?: AbortSignal) => {
    const ran = await talk(PUSH, refspecs, signal);
    if (ran.code !== 0) throw notPushed(address, ran);
  };
  return {
    ...bareIn(folder),
    address,
    fetch: async (refspecs, signal) => {
      const ran = await talk(FETCH, refspecs, signal);
      if (ran.code !== 0) throw unreachable(address, ran);
    },
    filesUnder: async (prefix) => {
      const format = "--format=%(objecttype) %(objectname) %(objectsize) %(refname)";
      const listed = await gitOk(["for-each-ref", format, prefix], { folder });
      return [...listed.matchAll(/^blob ([0-9a-f]{40}) (\d+) (\S+)$/gm)].map(([, object = "", size, name = ""]) => ({
        name,
        object,
        size: Number(size),
      }));
    },
    publish: async (reference, text, signal) => {
      const object = (await gitOk(["hash-object", "-w", "--stdin"], { folder, input: text })).trim();
      await push([`${object}:${reference}`], signal);
    },
    push,
  };
}

/** One that is there. */
export function bareIn(folder: string): Bare {
  const commitOf = async (name: string) => {
    const ran = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`], { folder });
    return ran.code === 0 ? ran.stdout.trim() : undefined;
  };
  return {
    folder,
    commitOf,
    has: async (commit) => (await commitOf(commit)) === commit,
    isAncestor: async (commit, of) => (await git(["merge-base", "--is-ancestor", commit, of], { folder })).code === 0,
  };
}

/**
 * git reads another user's repository on the disk only where the user's own configuration permits it (git-config(1),
 * `safe.directory`), and ours is empty: for this one address it names this one folder.
 */
function readingFile(folder: string, address: string): Pick<GitOptions, "env"> {
  if (!address.startsWith("file://")) return {};
  const file = `${folder}.config`;
  const path = JSON.stringify(address.slice("file://".length));
  writeAtomic(file, `[safe]\n\tdirectory = ${path}\n`, 0o644);
  return { env: { GIT_CONFIG_GLOBAL: file } };
}

/** Every user of a machine can read the arguments of every process: a login goes by the environment (git-config(1), GIT_CONFIG_COUNT). */
function withoutLogin(address: string): { readonly from: string } & Pick<GitOptions, "env"> {
  // There the user is part of the place, and no secret.
  if (address.startsWith("ssh:")) return { from: address };
  const url = new URL(address);
  const { username, password } = url;
  if (username === "" && password === "") return { from: address };
  url.username = "";
  url.password = "";
  const login = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64");
  const env = {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${login}`,
  };
  return { from: url.href, env };
}

/** What is not escaped as RFC 3986 says stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
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
