import { statSync } from "node:fs";
import { userInfo } from "node:os";
import { resolve } from "node:path";
import type { Context } from "../app/context.ts";
import { personBehind } from "../app/person.ts";
import { OmgError } from "../schema/error.ts";

/** The part of a context that the process itself answers. */
export type Who = Pick<Context, "uid" | "user" | "home" | "env" | "elevated">;

/** Who started this, with whose home: behind root, the person who became root for it. */
export function whoIsThis(env: Readonly<Record<string, string | undefined>>): Who {
  const uid = process.geteuid?.() ?? process.getuid?.() ?? -1;
  const account = accountOf(uid);
  const person = uid === 0 ? personBehind(env) : undefined;
  const elevated = person !== undefined;
  const named = elevated ? undefined : env.HOME;
  return { uid, user: person ?? account.user, home: named?.startsWith("/") ? named : account.home, env, elevated };
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
