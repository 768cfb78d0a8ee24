import { existsSync } from "node:fs";
import { CLEAN_ENV, type RunResult, run } from "../../../host/run.ts";
import { OmgError } from "../../../schema/error.ts";

export const PACMAN = "/usr/bin/pacman";

/**
 * pacman changes a database, of whomever, only for root: others get a root that is root in nothing but name. Never rejects for an
 * exit code. `through`: a program, with its arguments, that starts pacman. Errors: OmgError `solver-failed` where that cannot be had.
 */
export async function runAsRoot(args: readonly string[], through: readonly string[] = []): Promise<RunResult> {
  const options = { env: CLEAN_ENV, timeoutMs: 300_000 };
  const [file = PACMAN, ...words] = [...through, PACMAN, ...args];
  if (process.geteuid?.() === 0) return run(file, words, options);
  if (existsSync("/usr/bin/fakeroot")) return run("/usr/bin/fakeroot", ["--", file, ...words], options);
  if (existsSync("/usr/bin/unshare")) return run("/usr/bin/unshare", ["--map-root-user", file, ...words], options);
  throw new OmgError({
    code: "solver-failed",
    exit: "error",
    message: "pacman works out changes only as root, or with fakeroot or unshare, and neither is here.",
    state: "Nothing was changed.",
    hint: "Install fakeroot, or run the command as root.",
  });
}
