import { resolve } from "node:path";
import { readIfPresent } from "../../host/files.ts";
import { pathsFor } from "../../host/paths.ts";
import { keyPathsIn, type OpenKey, openKeyOf, openKeyOrNone } from "../../reconciler/audit/key.ts";
import { OmgError } from "../../schema/error.ts";
import type { Scope } from "../../schema/model/resource.ts";
import { type Notes, readNotes } from "../audit/noted.ts";
import { proofOf } from "../audit/proof.ts";
import type { AuditVerifyResult, ScopeAudit } from "../audit/results.ts";
import type { Context } from "../context.ts";
import { witnessPath } from "../witness.ts";
import { readOnlyScope } from "../world.ts";

export interface AuditVerifyOptions {
  /** Default: both that there are. */
  readonly scope?: Scope;
  /** A file with heads that were noted, or one as `system:412:HASH`. Default: the machine's witness. */
  readonly witness?: string;
  /** A public key, noted earlier, instead of the one that lies beside the log: of the system's, where no scope is given. */
  readonly key?: string;
}

/** Whether the logs are as omg wrote them, by everything that is known of them elsewhere. */
export async function auditVerify(ctx: Context, options: AuditVerifyOptions): Promise<AuditVerifyResult> {
  const notes = options.witness === undefined ? await machineNotes(ctx) : readNotes(ctx, options.witness);
  const given = options.key === undefined ? undefined : keyIn(resolve(ctx.cwd, options.key));
  // A key is one log's.
  const scope = options.scope ?? (given === undefined ? undefined : "system");
  const asked = scope === undefined ? (["system", "user"] as const) : [scope];
  const all = asked.map((each) => auditOf(ctx, each, notes, given));
  const used = all.filter(({ entries, head, broken }) => entries > 0 || head !== undefined || broken !== undefined);
  const scopes = used.length > 0 ? used : all.slice(0, 1);
  return { scopes, whole: scopes.every(({ broken }) => broken === undefined) };
}

/** The machine's own witness; undefined where it has none, or none that this user can read. */
async function machineNotes(ctx: Context): Promise<Notes | undefined> {
  const path = await witnessPath(ctx);
  if (path === undefined) return undefined;
  try {
    return readNotes(ctx, path);
  } catch {
    return { name: path, of: () => ({ noted: [], answer: { name: path, heads: 0, otherwiseSigned: 0 } }) };
  }
}

function keyIn(path: string): OpenKey {
  const pem = readIfPresent(path, 4096)?.toString("utf8");
  if (pem !== undefined) return openKeyOf(pem, path);
  throw new OmgError({
    code: "no-audit-key",
    exit: "error",
    message: `There is no key ${path}.`,
    hint: "`omg audit key` prints the one of this machine.",
  });
}

function auditOf(ctx: Context, scope: Scope, notes: Notes | undefined, given: OpenKey | undefined): ScopeAudit {
  const key = given ?? openKeyOrNone(keyPathsIn(pathsFor(scope, ctx).state));
  const { noted = [], answer: told } = notes?.of(scope, key) ?? {};
  // The machine's witness is told of what root writes: that it has nothing of another user's log says nothing.
  const answer = scope === "user" && told?.heads === 0 ? undefined : told;
  const found = readOnlyScope(ctx, scope).log.verify({ noted, ...(given === undefined ? {} : { key: given }) });
  return { ...found, scope, ...(answer === undefined ? {} : { witness: answer }), ...proofOf(found, answer) };
}
