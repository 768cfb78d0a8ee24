import { join } from "node:path";
import { lockHolder } from "../host/lock.ts";
import { pathsFor } from "../host/paths.ts";
import type { Context } from "./context.ts";
import { readPublished, statusPath } from "./published-status.ts";

/** Relative to a scope's state folder: whoever holds it is the only one who writes the scope. */
export const LEASE = "writer.lock";

/** Whether another process of omg is changing what this user's status is about: it says so there, and still has the lease. */
export function applyUnderWay(ctx: Context): boolean {
  const found = readPublished(statusPath(ctx), ctx.uid);
  if ("fault" in found || found.status.state !== "applying") return false;
  return (["system", "user"] as const).some((scope) => {
    const holder = lockHolder(join(pathsFor(scope, ctx).state, LEASE));
    return holder !== undefined && holder !== process.pid;
  });
}
