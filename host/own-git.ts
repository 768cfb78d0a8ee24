import { existsSync } from "node:fs";
import { OmgError } from "../schema/error.ts";
import { lastLines, missing } from "./git.ts";
import { type RunResult, run } from "./run.ts";

const GIT = "/usr/bin/git";
/** Somebody may have to type a passphrase. */
const TIMEOUT_MS = 600_000;

/** The caller's own git in the caller's own work tree: with their configuration, keys, hooks and logins, as if they had typed it. */
export interface OwnGit {
  readonly folder: string;
  /** Never rejects for an exit code. */
  run(args: readonly string[], input?: string): Promise<RunResult>;
  /** Its output without blanks at the end. @throws OmgError `git-failed` for any exit but 0 */
  ok(args: readonly string[], input?: string): Promise<string>;
  /** A setting; undefined where nobody made it. */
  setting(name: string): Promise<string | undefined>;
}

/** Variables that would have git work elsewhere than in this folder, or take it for another user's. */
const ELSEWHERE = /^(?:GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|NAMESPACE|PREFIX)|SUDO_.*)$/;

/** What a program of the caller's own gets of their environment. */
export function ownEnvironment(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const kept = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || ELSEWHERE.test(name) ? [] : [[name, value] as const],
  );
  return { ...Object.fromEntries(kept), LC_ALL: "C.UTF-8" };
}

export function ownGit(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  config: readonly string[] = [],
): OwnGit {
  const settings = config.flatMap((each) => ["-c", each]);
  const call: OwnGit["run"] = async (args, input) => {
    if (!existsSync(GIT)) throw missing();
    const options = { env: ownEnvironment(env), cwd: folder, timeoutMs: TIMEOUT_MS, signal };
    const ran = await run(GIT, [...settings, ...args], input === undefined ? options : { ...options, input });
    signal.throwIfAborted();
    return ran;
  };
  const ok: OwnGit["ok"] = async (args, input) => {
    const ran = await call(args, input);
    if (ran.code === 0) return ran.stdout.trimEnd();
    throw new OmgError({
      code: "git-failed",
      exit: "error",
      message: `git ${args[0]} ended with ${ran.code ?? ran.signal}.`,
      details: lastLines(ran.stderr),
    });
  };
  return {
    folder,
    run: call,
    ok,
    setting: async (name) => {
      const ran = await call(["config", "--get", name]);
      return ran.code === 0 ? ran.stdout.trimEnd() : undefined;
    },
  };
}
