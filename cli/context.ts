import { statSync } from "node:fs";
import { userInfo } from "node:os";
import { isAbsolute, resolve } from "node:path";
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
 * @throws OmgError `usage` where `--cd` names no folder, `folder-gone` where there is none to start from
 */
export function startFolder(cd: string | undefined, cwd = process.cwd): string {
  const folder = cd !== undefined && isAbsolute(cd) ? resolve(cd) : resolve(presentFolder(cwd), cd ?? ".");
  if (cd === undefined || statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw new OmgError({
    code: "usage",
    exit: "error",
    message: `${folder} is not a folder.`,
    hint: "--cd takes a folder that exists.",
  });
}

/** Somebody may have removed the folder that a shell still stands in. */
function presentFolder(cwd: () => string): string {
  try {
    return cwd();
  } catch (cause) {
    throw new OmgError({
      code: "folder-gone",
      exit: "error",
      message: "The folder that omg was started in is not there any more.",
      state: "Nothing was changed.",
      hint: "Go to one that is, or name it: `omg -C FOLDER`.",
      cause,
    });
  }
}
