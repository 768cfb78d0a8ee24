import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { type RequestEdit, requestProblem } from "../../schema/files/lock-edit.ts";
import { isRuntime, MISE, type Runtime } from "../../schema/runtimes/names.ts";
import { parseRequest } from "../../schema/runtimes/request.ts";
import { type ChangeOptions, changeLock } from "../change-lock.ts";
import type { Context } from "../context.ts";
import { lockBefore } from "../edited-lock.ts";
import { findLock, nameOfLock, ownLockPath } from "../lock-file.ts";
import { usage } from "../package-names.ts";
import type { EditResult } from "../results.ts";

export interface UseOptions extends Omit<ChangeOptions, "only" | "skip"> {
  /** Its name, or that of a tool that mise knows. */
  readonly runtime: string;
  /** As the runtime's own tool has it: `20`, `lts/iron`, `nightly`; `none` takes it out of the lock. */
  readonly version: string;
  /** The user's own lock, which holds everywhere. */
  readonly global?: boolean;
}

/**
 * Asks for one version of a runtime in the lock, pins the newest that answers, and installs it. Without a lock in this folder or
 * above, one begins here.
 * @throws OmgError `usage`
 */
export async function use(ctx: Context, options: UseOptions): Promise<EditResult> {
  const { runtime, version } = options;
  requireRequest(runtime, version);
  const path = lockPath(ctx, options);
  if (version === "none" && !existsSync(path))
    throw usage(`There is no ${path} to take ${runtime} out of.`, `\`omg which ${runtime}\` says what asks for it.`);
  const before = await lockBefore(ctx, path, options.lock === undefined, nameOfLock(ctx, path));
  const to: RequestEdit["to"] = version === "none" ? null : { presence: "present", version };
  const edits = [{ section: "runtimes", name: runtime, to }];
  const update = { names: new Set([runtime]), security: false };
  const narrowed = { ...options, lock: path, only: [isRuntime(runtime) ? runtime : MISE] };
  return changeLock(ctx, narrowed, before, { command: "use", edits, update });
}

function lockPath(ctx: Context, { lock, global }: UseOptions): string {
  const own = ownLockPath(ctx);
  if (global === true && lock !== undefined)
    throw usage("--global is about your own lock, and --lock names another.", "Leave one of them out.");
  if (global === true) return own;
  const found = findLock(ctx, lock === undefined ? {} : { lock });
  if (found !== undefined && (lock !== undefined || found !== own)) return found;
  if (existsSync(ctx.home) && realpathSync(ctx.cwd) === realpathSync(ctx.home))
    throw usage(
      "A lock in your home folder would count in every folder below it.",
      "`omg use --global` changes your own lock.",
    );
  return join(ctx.cwd, "omg.lock");
}

function requireRequest(runtime: string, version: string): void {
  const example = isRuntime(runtime) ? EXAMPLES[runtime] : "latest";
  if (version !== "none" && parseRequest(runtime, version) === undefined)
    throw usage(`"${version}" is no version of ${runtime}.`, `Such as \`omg use ${runtime} ${example}\`.`);
  const problem = requestProblem("runtimes", { name: runtime });
  if (problem !== undefined) throw usage(`${problem}.`, "Such as `omg use node lts`.");
}

const EXAMPLES: Readonly<Record<Runtime, string>> = {
  node: "lts",
  python: "3.12",
  go: "1.22",
  rust: "stable",
  ruby: "3.4",
  java: "21",
  bun: "latest",
  deno: "2",
};
