import type { RequestEdit } from "../../schema/files/lock-edit.ts";
import { nearest } from "../../schema/files/nearest.ts";
import type { Attributes, Observed } from "../../schema/model/resource.ts";
import { type ChangeOptions, changeLock } from "../change-lock.ts";
import type { Context } from "../context.ts";
import { type LockBefore, lockBefore } from "../edited-lock.ts";
import { requireLock } from "../lock-file.ts";
import { addressOf, editOf, lookUp, type Named, readNames, usage } from "../package-names.ts";
import type { EditResult } from "../results.ts";
import { readOnlyScope } from "../world.ts";

export interface RemoveOptions extends ChangeOptions {
  readonly names: readonly string[];
  /** Its configuration files, too. */
  readonly purge?: boolean;
  /** Also what omg does not own: the lock then says that it must not be there. */
  readonly absent?: boolean;
}

/** Takes requests out, so that what omg owns goes with what came along with it; or asks for their absence. */
export async function remove(ctx: Context, options: RemoveOptions): Promise<EditResult> {
  const before = await lockBefore(ctx, requireLock(ctx, options), false);
  const named = await readNames(ctx, options, options.names, before.found.lock);
  const edits = [];
  for (const each of named) edits.push(...(await removal(ctx, before, each, options)));
  return changeLock(ctx, options, before, { command: "remove", edits });
}

async function removal(
  ctx: Context,
  { found }: LockBefore,
  named: Named,
  options: RemoveOptions,
): Promise<readonly RequestEdit[]> {
  const request = lookUp(found.lock.packages[named.section]?.packages, named);
  const observed = await named.provider.observe();
  const here = observed.resources.get(named.name);
  const wanted = options.purge === true ? "purged" : options.absent === true ? "absent" : undefined;
  if (wanted !== undefined) {
    if (here === undefined && request === undefined)
      throw unknown(named, observed, Object.keys(requests(found, named)));
    return [editOf(named, { presence: wanted })];
  }
  if (request !== undefined && request.presence !== "present") return [];
  const isHere = here !== undefined && here.health !== "residual";
  if (request === undefined && !isHere) throw unknown(named, observed, Object.keys(requests(found, named)));
  if (request === undefined || (isHere && !owns(ctx, found, named))) throw notOwned(named, request !== undefined);
  return [editOf(named, null)];
}

function requests({ lock }: LockBefore["found"], { section }: Named): Readonly<Record<string, unknown>> {
  return lock.packages[section]?.packages ?? {};
}

function owns(ctx: Context, { identity }: LockBefore["found"], named: Named): boolean {
  const base = readOnlyScope(ctx, named.provider.scope).bases.read(identity);
  const owned: Readonly<Record<string, Attributes>> = base?.owned ?? {};
  return owned[addressOf(named)] !== undefined;
}

function notOwned(named: Named, asked: boolean) {
  const { name } = named;
  const message = asked
    ? `${name} was not installed for this lock, so without its line it would just stay.`
    : `${name} is not asked for in this lock, and it is installed.`;
  const adopt = asked ? ` Or let omg own it first, with \`omg adopt ${name}\`: then it goes once its line does.` : "";
  return usage(message, `To have it gone and kept away: \`omg remove --absent ${name}\`.${adopt}`);
}

function unknown({ name }: Named, { resources }: Observed, asked: readonly string[]) {
  const meant = nearest(name, [...asked, ...resources.keys()]);
  const hint = meant === undefined ? "`omg check` names what differs from the lock." : `Did you mean ${meant}?`;
  return usage(`${name} is neither in the lock nor installed.`, hint);
}
