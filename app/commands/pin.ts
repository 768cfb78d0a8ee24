import type { RequestEdit } from "../../schema/files/lock-edit.ts";
import { nearest } from "../../schema/files/nearest.ts";
import { writeOnly } from "../change-lock.ts";
import type { Context, Selection } from "../context.ts";
import { editLock, type LockBefore, lockBefore } from "../edited-lock.ts";
import { requireLock } from "../lock-file.ts";
import { editOf, lookUp, type Named, readNames, usage } from "../package-names.ts";
import type { EditResult } from "../results.ts";

export interface PinOptions extends Selection {
  readonly names: readonly string[];
  readonly dryRun?: boolean;
}

/** Makes requests exact: the version given, else the one that is pinned, else the one that is installed. Applies nothing. */
export async function pin(ctx: Context, options: PinOptions): Promise<EditResult> {
  return edit(ctx, options, "pin", async (named, { found }) => {
    const pinned = lookUp(found.lock.pins[named.section], named)?.version;
    const version = named.version ?? pinned ?? (await installedVersion(named));
    if (version === undefined)
      throw usage(`${named.name} is neither pinned nor installed, so its version is open.`, "Give it: NAME=VERSION.");
    return editOf(named, { presence: "present", version });
  });
}

/** Lets requests be for any version again. The pins stay as they are until `omg update`. */
export async function unpin(ctx: Context, options: PinOptions): Promise<EditResult> {
  return edit(ctx, options, "unpin", async (named, { found }) => {
    const requests = found.lock.packages[named.section]?.packages ?? {};
    if (lookUp(requests, named)?.presence === "present") return editOf(named, { presence: "present", version: "*" });
    const meant = nearest(named.name, Object.keys(requests));
    const hint = meant === undefined ? "There is no version to set free." : `Did you mean ${meant}?`;
    throw usage(`${named.name} is not asked for in this lock.`, hint);
  });
}

async function edit(
  ctx: Context,
  options: PinOptions,
  command: "pin" | "unpin",
  editFor: (named: Named, before: LockBefore) => Promise<RequestEdit>,
): Promise<EditResult> {
  const before = await lockBefore(ctx, requireLock(ctx, options), false);
  const versions = command === "pin";
  const edits: RequestEdit[] = [];
  for (const named of await readNames(ctx, options, options.names, before.found.lock, { versions }))
    edits.push(await editFor(named, before));
  return writeOnly(await editLock(ctx, options, before, { command, edits }), options.dryRun !== true);
}

async function installedVersion({ provider, name }: Named): Promise<string | undefined> {
  const found = (await provider.observe()).resources.get(name);
  const version = found?.health === "installed" ? found.attributes.version : undefined;
  return typeof version === "string" ? version : undefined;
}
