import { join } from "node:path";
import { pathsFor } from "../../host/paths.ts";
import { readHead } from "../../reconciler/audit/head.ts";
import type { Context } from "../context.ts";
import type { StatusResult } from "../results.ts";
import { readStatus } from "../status-file.ts";

/** What the last run published, and where the logs end. Looks at nothing else. */
export async function status(ctx: Context): Promise<StatusResult> {
  const heads = (["system", "user"] as const).flatMap((scope) => {
    const head = readHead(join(pathsFor(scope, ctx).state, "audit-head.json"))?.signed;
    return head === undefined || head.seq === 0 ? [] : [[scope, head] as const];
  });
  return { ...readStatus(ctx), ...(heads.length === 0 ? {} : { audit: Object.fromEntries(heads) }) };
}
