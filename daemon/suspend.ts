import { rmSync } from "node:fs";
import type { Context } from "../app/context.ts";
import { makeFolder, writeAtomic } from "../host/files.ts";
import { lockHolder } from "../host/lock.ts";
import { foldersOf } from "./settings.ts";
import { readSuspension, type Suspension } from "./state.ts";

export interface SuspendResult {
  readonly suspended: boolean;
  /** What counts now, or counted until now. */
  readonly suspension?: Suspension;
  /** Of the omgd that was told; absent where none runs. */
  readonly pid?: number;
}

/** From now on omgd applies nothing, also one that is started later; it looks and reports as before. */
export function suspend(ctx: Context, reason: string): SuspendResult {
  const { suspension: file, all } = foldersOf(ctx);
  const suspension: Suspension = { reason, by: ctx.user, since: ctx.now().toISOString() };
  makeFolder(all);
  writeAtomic(file, `${JSON.stringify(suspension, undefined, 1)}\n`, 0o600);
  return { suspended: true, suspension, ...tellOmgd(ctx) };
}

/** Lets it go on, and try again what it had given up. */
export function resume(ctx: Context): SuspendResult {
  const { suspension: file } = foldersOf(ctx);
  const before = readSuspension(file);
  rmSync(file, { force: true });
  return { suspended: false, ...(before === undefined ? {} : { suspension: before }), ...tellOmgd(ctx) };
}

function tellOmgd(ctx: Context): { readonly pid?: number } {
  const pid = lockHolder(foldersOf(ctx).lease);
  if (pid === undefined) return {};
  process.kill(pid, "SIGHUP");
  return { pid };
}
