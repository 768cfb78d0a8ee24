import { type ChangeOptions, changeLock } from "../change-lock.ts";
import type { Context } from "../context.ts";
import { lockBefore } from "../edited-lock.ts";
import { findLock, ownLockPath } from "../lock-file.ts";
import { editOf, lookUp, readNames } from "../package-names.ts";
import type { EditResult } from "../results.ts";

export interface InstallOptions extends ChangeOptions {
  /** `NAME`, `NAME=VERSION` */
  readonly names: readonly string[];
  /** The source that they must come from. */
  readonly from?: string;
}

/** Asks for packages in the lock, pins them, and applies. Without any lock, begins the user's own. */
export async function install(ctx: Context, options: InstallOptions): Promise<EditResult> {
  const path = findLock(ctx, options);
  const before = await lockBefore(ctx, path ?? ownLockPath(ctx), options.lock === undefined && path === undefined);
  const { lock } = before.found;
  const { from } = options;
  const named = await readNames(ctx, options, options.names, lock, { versions: true, ...(from && { from }) });
  const edits = named.flatMap((each) => {
    const old = lookUp(lock.packages[each.section]?.packages, each);
    const { version } = each;
    if (old?.presence === "present" && version === undefined && from === undefined) return [];
    return [editOf(each, { presence: "present", ...(version && { version }), ...(from && { from }) })];
  });
  return changeLock(ctx, options, before, { command: "install", edits });
}
