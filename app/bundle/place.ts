import { join } from "node:path";
import { acquireLock } from "../../host/lock.ts";
import { type Paths, pathsFor } from "../../host/paths.ts";
import { OmgError } from "../../schema/error.ts";
import { bundleFolder } from "../../team/bundle/received.ts";
import type { Context } from "../context.ts";

/** Where this machine's own key lies, and what it remembers of bundles: root's are the system's. */
export function ownPaths(ctx: Context): Paths {
  return pathsFor(ctx.uid === 0 ? "system" : "user", ctx);
}

/**
 * A bundle is of a person's own folder, with a key of their own: root behind somebody else would write where they can move things about.
 * @throws OmgError `elevated`
 */
export function refuseElevated({ elevated, user }: Context): void {
  if (!elevated) return;
  throw new OmgError({
    code: "elevated",
    exit: "error",
    message: "Bundles are a person's own: their folder, and their machine's key.",
    state: "Nothing was changed.",
    hint: `Run it as ${user}, without sudo: omg asks for root's rights itself where it needs them.`,
  });
}

/** Does something with bundles that nobody else does meanwhile. @throws OmgError `busy` */
export async function alone<T>(ctx: Context, act: () => Promise<T>): Promise<T> {
  const lock = await acquireLock(join(bundleFolder(ownPaths(ctx).state), "lock"));
  if (!lock.held)
    throw new OmgError({
      code: "busy",
      exit: "busy",
      message: `Another bundle is being made or read: ${lock.by}.`,
      state: "Nothing was changed.",
      hint: "Wait until it is done.",
    });
  try {
    return await act();
  } finally {
    lock.release();
  }
}
