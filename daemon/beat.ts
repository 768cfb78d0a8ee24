import type { Context } from "../app/context.ts";
import { readPublished, statusPath } from "../app/published-status.ts";
import { writeSoon } from "../host/files.ts";
import { encodeStatus } from "../schema/wire/status.ts";

/**
 * Says that what was published is still so: the files that it was read from are looked after, and nothing has changed in them. Only where
 * there is a status to go by; best effort.
 */
export function renewStatus(ctx: Context): void {
  const path = statusPath(ctx);
  const found = readPublished(path, ctx.uid);
  if ("fault" in found || found.status.state === "applying") return;
  try {
    writeSoon(path, encodeStatus({ ...found.status, timestamp: Math.floor(ctx.now().getTime() / 1000) }));
  } catch {
    // a prompt that shows an older time is no reason to end
  }
}
