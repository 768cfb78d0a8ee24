import { existsSync } from "node:fs";
import { OmgError } from "../schema/error.ts";
import { withoutCredentials } from "./address.ts";
import { proxyVariables } from "./proxy.ts";
import { CLEAN_ENV, type RunOptions, type RunResult, run } from "./run.ts";
import { stripControls } from "./text.ts";
import { asWorker } from "./worker.ts";

const GIT = "/usr/bin/git";
const PRLIMIT = "/usr/bin/prlimit";
const TIMEOUT_MS = 1_200_000;
const LARGEST = 16 * 2 ** 30;

/**
 * Nothing that a repository, its server or anybody's configuration names is run: no hooks, helpers, filters, monitors or submodules, no
 * program in the place of ssh, and no replaced objects.
 */
const HARMLESS = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.untrackedCache=false",
  "core.attributesFile=/dev/null",
  "core.excludesFile=/dev/null",
  "core.symlinks=false",
  "core.askPass=",
  "credential.helper=",
  "fetch.recurseSubmodules=false",
  "submodule.recurse=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "diff.external=",
  "http.lowSpeedLimit=500",
  "http.lowSpeedTime=60",
];
const ENV = {
  PATH: CLEAN_ENV.PATH ?? "",
  LC_ALL: "C.UTF-8",
  HOME: "/nonexistent",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_SSH_COMMAND: "/bin/false",
};

export interface GitOptions {
  /** The bare repository; absent for `git init`. */
  readonly folder?: string;
  /** What may be fetched with. Default: nothing. */
  readonly protocols?: string;
  readonly config?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Written to its standard input. */
  readonly input?: RunOptions["input"];
  readonly maxOutputBytes?: number;
  /** As `RunOptions` has it. */
  readonly encoding?: RunOptions["encoding"];
  /** Program and arguments that start git as the worker, from root; then nothing else does. */
  readonly through?: readonly string[];
  /** The largest file that it may write, in bytes. Default: 16 GiB. */
  readonly largest?: number;
  /** What it may use of memory, in bytes: for what somebody sent who may send anything. Default: no limit. */
  readonly memory?: number;
  /** Milliseconds. Default: 20 minutes. */
  readonly timeoutMs?: number;
}

/** Runs git as the worker. Never rejects for an exit code. Errors: OmgError `git-missing`, `interrupted`. */
export async function git(args: readonly string[], options: GitOptions): Promise<RunResult> {
  if (!existsSync(GIT)) throw missing();
  const {
    folder,
    protocols = "",
    config = [],
    env = {},
    signal,
    maxOutputBytes = 8 << 20,
    largest = LARGEST,
    memory,
    timeoutMs = TIMEOUT_MS,
  } = options;
  const settings = [...HARMLESS, ...config].flatMap((setting) => ["-c", setting]);
  const where = folder === undefined ? [] : [`--git-dir=${folder}`];
  const space = memory === undefined ? [] : [`--as=${memory}`];
  const limited = [PRLIMIT, `--fsize=${largest}`, ...space, "--core=0", GIT, ...settings, ...where, ...args];
  const [program = PRLIMIT, ...words] = [...(options.through ?? []), ...limited];
  const ran = await run(program, words, {
    env: { ...ENV, ...proxyVariables(process.env), GIT_ALLOW_PROTOCOL: protocols, ...env },
    ...(folder === undefined ? {} : { cwd: folder }),
    timeoutMs,
    maxOutputBytes,
    detached: true,
    ...(signal === undefined ? {} : { signal }),
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.encoding === undefined ? {} : { encoding: options.encoding }),
    ...(options.through === undefined ? asWorker() : {}),
  });
  signal?.throwIfAborted();
  return ran;
}

/** As `git`; throws OmgError `git-failed` for any exit but 0. */
export async function gitOk(args: readonly string[], options: GitOptions): Promise<string> {
  const ran = await git(args, options);
  if (ran.code !== 0) throw failed(args[0] ?? "", ran);
  return ran.stdout;
}

function failed(what: string, { code, signal, stopped, stderr }: RunResult): OmgError {
  const how = stopped === "timeout" ? "was not done in time" : `ended with ${code ?? signal}`;
  return new OmgError({
    code: "git-failed",
    exit: "error",
    message: `git ${what} ${how}.`,
    state: "Nothing was changed.",
    details: lastLines(stderr),
  });
}

/** For where a server's repository cannot be had, or has not what was asked for. */
export function unreachable(address: string, { stderr, stopped }: RunResult): OmgError {
  // git's own words, which its environment here has in English.
  const [, missing] = /couldn't find remote ref (\S+)/.exec(stderr) ?? [];
  if (missing !== undefined) return notThere(address, missing);
  return new OmgError({
    code: "repository-unreachable",
    exit: "unreachable",
    message: `${withoutCredentials(address)} could not be fetched${stopped === "timeout" ? " in time" : ""}.`,
    state: "Nothing was changed.",
    hint: "Look at the network and at the address; what has been fetched before is still here.",
    details: lastLines(stderr),
  });
}

function notThere(address: string, reference: string): OmgError {
  const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/.exec(stripControls(reference)) ?? [];
  const what = kind === undefined ? stripControls(reference) : `${kind === "heads" ? "branch" : "tag"} ${name}`;
  return new OmgError({
    code: "reference-missing",
    exit: "unreachable",
    message: `${withoutCredentials(address)} was reached, and has no ${what}.`,
    state: "Nothing was changed.",
    hint: "Look at the name, and at whether anything was pushed there yet.",
  });
}

/** For where a server's repository does not take what it is sent. */
export function notPushed(address: string, { stderr, stopped }: RunResult): OmgError {
  return new OmgError({
    code: "push-failed",
    exit: "unreachable",
    message: `${withoutCredentials(address)} did not take it${stopped === "timeout" ? " in time" : ""}.`,
    state: "Nothing was changed here.",
    hint: "Look at the network, at the address, and at whether you may push there.",
    details: lastLines(stderr),
  });
}

/** The last lines of what a program said, harmless to a terminal. */
export function lastLines(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => stripControls(line).slice(0, 300));
  return lines.filter((line) => line !== "").slice(-8);
}

export function missing(): OmgError {
  return new OmgError({
    code: "git-missing",
    exit: "error",
    message: `This needs git, and there is no ${GIT}.`,
    state: "Nothing was changed.",
    hint: "Install git, then run the command again.",
  });
}
