import { hostname } from "node:os";
import { join } from "node:path";
import { pathsFor } from "../../host/paths.ts";
import { removeTree } from "../../host/remove.ts";
import { removeSurveyed } from "../../reconciler/clean/remove.ts";
import { type CleanRules, type Memory, type ScopeSurvey, surveyScopes } from "../../reconciler/clean/survey.ts";
import { takeLeases } from "../../reconciler/lease.ts";
import { openStore } from "../../reconciler/store.ts";
import { OmgError } from "../../schema/error.ts";
import type { Witness } from "../../schema/model/witness.ts";
import { type CacheEntry, cacheEntries, digestsInKnownLocks } from "../clean-caches.ts";
import type { Context } from "../context.ts";
import { findLock } from "../lock-file.ts";
import type { CleanItem, CleanResult } from "../results.ts";
import { witnessesFor } from "../witness.ts";
import { readOnlyScope } from "../world.ts";

export interface CleanOptions {
  /** Days. */
  readonly olderThan?: number;
  /** Bytes that each store may have afterwards. */
  readonly maxSize?: number;
  readonly keepGenerations?: number;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  /** Asks the person about what would go; absent where there is nobody to ask. */
  readonly agree?: (found: CleanResult) => Promise<boolean>;
}

const DAY_MS = 24 * 3600 * 1000;

/**
 * Removes what nothing needs any more: unneeded objects of the stores, generations that the options let go, caches. Root cleans the
 * system's and its own; everybody else their own. Nothing is removed where something that decides about it cannot be read.
 * @throws OmgError `no-consent`, `busy`, `record-damaged`, `log-broken`
 */
export async function clean(ctx: Context, options: CleanOptions): Promise<CleanResult> {
  const first = survey(ctx, options);
  if (options.dryRun === true) return { ...first.result, outcome: "shown" };
  if (first.result.items.length === 0) return { ...first.result, outcome: "nothing" };
  const leases = await takeLeases({ scopes: first.own.map((memory) => ({ ...memory, providers: [] })) });
  try {
    const found = survey(ctx, options, await witnessesFor(ctx));
    if (!(await agreed(found.result, options))) return { ...found.result, outcome: "declined" };
    ctx.signal.throwIfAborted();
    remove(ctx, found);
    return { ...found.result, outcome: "cleaned" };
  } finally {
    for (const lease of leases) lease.release();
  }
}

interface Found {
  readonly own: readonly ReturnType<typeof readOnlyScope>[];
  readonly scopes: readonly ScopeSurvey[];
  readonly caches: readonly CacheEntry[];
  readonly result: Omit<CleanResult, "outcome">;
}

function survey(ctx: Context, options: CleanOptions, witnesses: readonly Witness[] = []): Found {
  const system = readOnlyScope(ctx, "system", witnesses);
  const user = readOnlyScope(ctx, "user", witnesses);
  const isRoot = ctx.uid === 0;
  const rules = rulesOf(ctx, options);
  const own = isRoot ? [system, user] : [user];
  const others: readonly Memory[] = isRoot ? [] : [system];
  // A plain user's store has copies of what root's has.
  const roots = openStore(join(pathsFor("system", ctx).data, "store"));
  const elsewhere = (sha256: string) => !isRoot && roots.has(sha256);
  const scopes = surveyScopes(own, others, rules, elsewhere);
  const caches = cacheEntries(ctx, rules.before);
  return { own, scopes, caches, result: resultOf(scopes, caches, !isRoot && system.generations.latest() >= 0) };
}

function rulesOf(ctx: Context, { olderThan, maxSize, keepGenerations }: CleanOptions): CleanRules {
  const now = ctx.now();
  const lock = findLock(ctx, {});
  return {
    ...(keepGenerations === undefined ? {} : { keepGenerations }),
    ...(olderThan === undefined ? {} : { before: new Date(now.getTime() - olderThan * DAY_MS) }),
    ...(maxSize === undefined ? {} : { maxSize }),
    evidence: digestsInKnownLocks(ctx, lock === undefined ? [] : [lock]),
    now,
  };
}

async function agreed(found: Omit<CleanResult, "outcome">, { yes, agree }: CleanOptions): Promise<boolean> {
  if (yes === true) return true;
  if (agree !== undefined) return agree({ ...found, outcome: "shown" });
  throw new OmgError({
    code: "no-consent",
    exit: "consent",
    message: "There is nobody to ask whether this may be removed.",
    state: "Nothing was removed.",
    hint: "Look at it with `omg clean --dry-run`, then give --yes.",
  });
}

function remove(ctx: Context, { own, scopes, caches }: Found): void {
  for (const memory of own) {
    const found = scopes.find(({ scope }) => scope === memory.scope);
    if (found !== undefined) removeSurveyed({ actor: ctx.user, host: hostname() }, memory, found);
  }
  for (const { path } of caches) removeTree(path);
}

function resultOf(
  scopes: readonly ScopeSurvey[],
  caches: readonly CacheEntry[],
  systemIsRoots: boolean,
): Omit<CleanResult, "outcome"> {
  const items: CleanItem[] = scopes.flatMap(({ scope, generations, objects, evidence, unfinished }) => [
    { kind: "generations" as const, scope, count: generations.going.length, bytes: 0, generations: generations.going },
    { kind: "objects" as const, scope, ...totalOf(objects) },
    { kind: "evidence" as const, scope, ...totalOf(evidence) },
    { kind: "unfinished" as const, scope, ...totalOf(unfinished) },
  ]);
  const all: readonly CleanItem[] = [...items, { kind: "caches", ...totalOf(caches) }];
  return {
    items: all.filter(({ count }) => count > 0),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    kept: scopes.map(({ scope, keptGenerations, keptObjects }) => ({
      scope,
      generations: keptGenerations,
      objects: keptObjects.length,
      bytes: totalOf(keptObjects).bytes,
    })),
    systemIsRoots,
  };
}

function totalOf(files: readonly { readonly bytes: number }[]): { readonly count: number; readonly bytes: number } {
  return { count: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}
