import { statSync } from "node:fs";
import { userInfo } from "node:os";
import { resolve } from "node:path";
import type { Context } from "../app/context.ts";
import { OmgError } from "../schema/error.ts";

/** The part of a context that the process itself answers. */
export type Who = Pick<Context, "uid" | "user" | "home" | "env" | "elevated">;

/** Who started this, with whose home. */
export function whoIsThis(env: Readonly<Record<string, string | undefined>>): Who {
  const uid = process.geteuid?.() ?? process.getuid?.() ?? -1;
  const account = accountOf(uid);
  const elevated = isElevated(uid, env);
  const named = elevated ? undefined : env.HOME;
  return { uid, user: account.user, home: named?.startsWith("/") ? named : account.home, env, elevated };
}

/** Root, on behalf of somebody else, by what sudo(8), doas(1) and pkexec(1) leave in the environment. */
function isElevated(uid: number, env: Readonly<Record<string, string | undefined>>): boolean {
  if (uid !== 0) return false;
  const others = [env.SUDO_UID, env.PKEXEC_UID].filter((value) => value !== undefined && value !== "0");
  const doas = env.DOAS_USER;
  return others.length > 0 || (doas !== undefined && doas !== "root");
}

/** An id without an entry in passwd(5), as in containers, is no reason to fail. */
function accountOf(uid: number): { user: string; home: string } {
  try {
    const { username, homedir } = userInfo();
    return { user: username, home: homedir };
  } catch {
    return { user: String(uid), home: uid === 0 ? "/root" : "/nonexistent" };
  }
}

/**
 * The folder to start in, absolute.
 * @throws OmgError `usage` where `--cd` names no folder
 */
export function startFolder(cwd: string, cd: string | undefined): string {
  const folder = resolve(cwd, cd ?? ".");
  if (cd === undefined || statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw new OmgError({
    code: "usage",
    exit: "error",
    message: `${folder} is not a folder.`,
    hint: "--cd takes a folder that exists.",
  });
}
