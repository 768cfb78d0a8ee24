import { nearest } from "../../schema/files/nearest.ts";
import type { PlatformLock } from "../../schema/model/lock.ts";
import type { PinUpdate } from "../../schema/model/provider.ts";
import { type ChangeOptions, changeLock } from "../change-lock.ts";
import type { Context } from "../context.ts";
import { type LockBefore, lockBefore } from "../edited-lock.ts";
import { requireLock } from "../lock-file.ts";
import { lookUp, type Named, readNames, usage } from "../package-names.ts";
import { refreshLists } from "../refresh.ts";
import type { EditResult } from "../results.ts";

export interface UpdateOptions extends ChangeOptions {
  /** Only these, and what has to move along. */
  readonly names: readonly string[];
  /** Only to versions from security sources. */
  readonly security?: boolean;
  /** Leave the package lists as they are. */
  readonly noRefresh?: boolean;
}

/** Resolves pins anew within their requests, as one change of the lock, and applies it. */
export async function update(ctx: Context, options: UpdateOptions): Promise<EditResult> {
  const path = requireLock(ctx, options);
  const { lock } = (await lockBefore(ctx, path, false)).found;
  const runtimes = options.names.flatMap((word) => runtimeIn(word, lock) ?? []);
  const packages = options.names.filter((word) => runtimeIn(word, lock) === undefined);
  const named = packages.length === 0 ? [] : await readNames(ctx, options, packages, lock);
  for (const each of named) requirePinned(each, lock);
  const onlyRuntimes = runtimes.length > 0 && packages.length === 0;
  if (options.noRefresh !== true && !onlyRuntimes) await refresh(ctx, options);
  const all = [...named.map(({ name }) => name), ...runtimes];
  const names = all.length === 0 ? {} : { names: new Set(all) };
  const wish: PinUpdate = { ...names, security: options.security === true };
  return changeLock(ctx, options, await lockBefore(ctx, path, false), { command: "update", edits: [], update: wish });
}

/** `node` or `runtimes.node`, where the lock asks for it and for no package of that name. */
function runtimeIn(word: string, { runtimes, packages, pins }: PlatformLock): string | undefined {
  const name = word.replace(/^runtimes\./, "");
  if (runtimes[name] === undefined) return undefined;
  const isPackage = [...Object.values(packages).map((section) => section.packages), pins.apt, pins.pacman].some(
    (entries) => entries?.[name] !== undefined,
  );
  return word === name && isPackage ? undefined : name;
}

/** A dry run changes nothing, not even the lists. */
async function refresh(ctx: Context, { dryRun }: UpdateOptions): Promise<void> {
  if (dryRun !== true) return refreshLists(ctx);
  ctx.emit({ type: "warning", message: "A dry run leaves the package lists as they are." });
}

function requirePinned(named: Named, lock: LockBefore["found"]["lock"]): void {
  const requests = lock.packages[named.section]?.packages ?? {};
  const pins = lock.pins[named.section] ?? {};
  if ((lookUp(requests, named) ?? lookUp(pins, named)) !== undefined) return;
  const meant = nearest(named.name, [...Object.keys(requests), ...Object.keys(pins)]);
  const hint = meant === undefined ? `\`omg install ${named.name}\` asks for it.` : `Did you mean ${meant}?`;
  throw usage(`${named.name} is not in the lock.`, hint);
}
