import { resolve } from "node:path";
import type { Context, Selection } from "../context.ts";
import { type Examination, examineFile, examining } from "../examination.ts";
import { refusedReading } from "../provenance.ts";

export interface VerifyOptions extends Selection {
  readonly file: string;
  readonly bundle?: string;
}

/** Every check of one file: its hash, the signatures above it, its provenance, and the grade that these add up to. */
export async function verify(ctx: Context, { file, bundle, ...selection }: VerifyOptions): Promise<Examination> {
  const where = await examining(ctx, selection);
  const beside = bundle === undefined ? undefined : resolve(ctx.cwd, bundle);
  return examineFile(where, resolve(ctx.cwd, file), beside).catch(refusedReading);
}
