import type { Context } from "../context.ts";
import type { StatusResult } from "../results.ts";
import { readStatus } from "../status-file.ts";

/** What the last run published. Looks at nothing else. */
export async function status(ctx: Context): Promise<StatusResult> {
  return readStatus(ctx);
}
