import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Context, Selection } from "../context.ts";
import { type Examination, examineFile, examinePackage, examining } from "../examination.ts";
import { refusedReading } from "../provenance.ts";

export interface AuditSlsaOptions extends Selection {
  /** A file's path, or a package's name. */
  readonly what: string;
  /** A bundle, in place of the one beside the file. */
  readonly bundle?: string;
}

/** Every check of one artifact's provenance. */
export async function auditSlsa(ctx: Context, { what, bundle, ...selection }: AuditSlsaOptions): Promise<Examination> {
  const where = await examining(ctx, selection);
  const path = resolve(ctx.cwd, what);
  if (!what.includes("/") && !existsSync(path)) return examinePackage(where, what);
  return examineFile(where, path, bundle === undefined ? undefined : resolve(ctx.cwd, bundle)).catch(refusedReading);
}
