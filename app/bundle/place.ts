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
