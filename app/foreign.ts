import type { Stats } from "node:fs";
import type { Context } from "./context.ts";

/**
 * Why a file or folder may not say what happens here: somebody could have put it there who is neither root nor the caller (nor, behind
 * root, the person who became root). A clause without a subject; undefined where all is well.
 */
export function foreignness({ uid, env }: Pick<Context, "uid" | "env">, found: Stats): string | undefined {
  const sudoer = uid === 0 && env.SUDO_UID !== undefined ? Number(env.SUDO_UID) : uid;
  if (![0, uid, sudoer].includes(found.uid)) return "belongs to another user";
  const writable = !found.isSymbolicLink() && (found.mode & 0o002) !== 0 && (found.mode & 0o1000) === 0;
  return writable ? "can be written by everybody" : undefined;
}
