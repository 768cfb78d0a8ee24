import { pathsFor } from "../../host/paths.ts";
import { keyPathsIn, readOpenKey } from "../../reconciler/audit/key.ts";
import { OmgError } from "../../schema/error.ts";
import type { Scope } from "../../schema/model/resource.ts";
import type { AuditKeyResult } from "../audit/results.ts";
import type { Context } from "../context.ts";

/**
 * The public key that the heads of a log are signed with. Default: of the log that this user writes.
 * @throws OmgError `no-audit-key`
 */
export async function auditKey(ctx: Context, options: { readonly scope?: Scope }): Promise<AuditKeyResult> {
  const scope = options.scope ?? (ctx.uid === 0 ? "system" : "user");
  const path = keyPathsIn(pathsFor(scope, ctx).state).open;
  const key = readOpenKey(path);
  if (key !== undefined) return { scope, fingerprint: key.fingerprint, pem: key.pem, path };
  throw new OmgError({
    code: "no-audit-key",
    exit: "error",
    message: `The log of ${scope} has no key yet.`,
    state: "It is made with the first line that omg writes there.",
  });
}
