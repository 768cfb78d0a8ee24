import { hasIndex, openIndex, type PackageIndex } from "../catalog/index.ts";
import { pathsFor } from "../host/paths.ts";
import { OmgError } from "../schema/error.ts";
import type { Catalog } from "../schema/model/catalog.ts";
import type { Wanted } from "../schema/model/desired.ts";
import type { Provider } from "../schema/model/provider.ts";
import type { LockWord } from "./answers.ts";
import type { Context, Selection } from "./context.ts";
import { type FoundLock, findLock, positionsIn, readLock } from "./lock-file.ts";
import { allProviders } from "./providers.ts";
import { chooseProviders } from "./selection.ts";
import { readOnlyScope } from "./world.ts";

/** A provider with the questions that it answers. */
export type Answering<K extends "catalog" | "inventory" | "offers"> = Provider & Required<Pick<Provider, K>>;

/** The providers of this machine that answer such questions, as `--only` and `--skip` leave them. */
export async function answering<K extends "catalog" | "inventory" | "offers">(
  ctx: Context,
  selection: Selection,
  ...questions: readonly K[]
): Promise<readonly Answering<K>[]> {
  const { providers } = await chooseProviders(await allProviders(ctx), selection, undefined);
  const able = (provider: Provider): provider is Answering<K> =>
    questions.every((question) => provider[question] !== undefined);
  return providers.filter(able);
}

/** The index of everything that one provider could install, from the cache or made now. */
export async function indexOf(ctx: Context, provider: Answering<"catalog">, catalog: Catalog): Promise<PackageIndex> {
  const folder = pathsFor(ctx.uid === 0 ? "system" : "user", ctx).cache;
  return openIndex({ folder, provider: provider.name }, catalog, provider.versioning.compare);
}

/** Whether `indexOf` has nothing to make. */
export function isIndexed(ctx: Context, { name }: Pick<Provider, "name">, { key }: Pick<Catalog, "key">): boolean {
  return hasIndex({ folder: pathsFor(ctx.uid === 0 ? "system" : "user", ctx).cache, provider: name }, key);
}

/** The lock that this folder is under, or undefined where there is none: a question needs no lock. Errors: those of `readLock`. */
export async function lockIfAny(ctx: Context, selection: Selection): Promise<FoundLock | undefined> {
  return findLock(ctx, selection) === undefined ? undefined : readLock(ctx, selection, "drop");
}

/** What a lock wants of one provider, by name. */
export function wantedIn(found: FoundLock | undefined, provider: Provider): ReadonlyMap<string, Wanted> {
  if (found === undefined) return new Map();
  return new Map(provider.desired(found.lock).wanted.map((wanted) => [wanted.name, wanted]));
}

/** What a lock says of some packages, and where. Parses the lock anew, for the positions. */
export async function lockWords(
  ctx: Context,
  found: FoundLock | undefined,
  provider: Provider,
): Promise<(name: string) => LockWord | undefined> {
  if (found === undefined) return () => undefined;
  const wanted = wantedIn(found, provider);
  const positionOf = await positionsIn(ctx, found.lock.path);
  return (name) => {
    const entry = wanted.get(name);
    if (entry === undefined) return undefined;
    const request = entry.presence === "present" ? entry.request : entry.presence;
    const at = positionOf(`${provider.name}.${name}`);
    return {
      ...(request !== undefined && { request }),
      ...(entry.pin !== undefined && { pinned: entry.pin.version }),
      ...(at !== undefined && { at }),
    };
  };
}

/** Name of the lock on whose behalf omg owns a package. */
export function ownerIn(
  ctx: Context,
  found: FoundLock | undefined,
  provider: Provider,
): (name: string) => string | undefined {
  const { bases } = readOnlyScope(ctx, provider.scope);
  const identity = found?.identity ?? { name: "", repository: "" };
  const all = [bases.read(identity), ...bases.others(identity)].flatMap((base) => base ?? []);
  return (name) => all.find(({ owned }) => Object.hasOwn(owned, `${provider.name}.${name}`))?.lock.name;
}

/** For a name that neither the sources nor the machine have. */
export async function unknownName(ctx: Context, provider: Answering<"catalog">, name: string): Promise<OmgError> {
  const near = (await indexOf(ctx, provider, await provider.catalog())).nearest(name);
  return new OmgError({
    code: "unknown-name",
    exit: "error",
    message: `No source has a package ${name}, and none of that name is installed.`,
    hint: near.length > 0 ? `Did you mean ${near.join(", ")}?` : "`omg search` looks in names and summaries.",
  });
}
