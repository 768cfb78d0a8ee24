import {
  parseProvides,
  parseRelations,
  provisionAnswers,
  type Relation,
  versionAnswers,
} from "../machine/relations.ts";
import type { InstalledPackage } from "../machine/status.ts";

export interface ClosureOptions {
  /** Follow Recommends too, as apt does before it calls a package unneeded. */
  readonly recommends: boolean;
  readonly architecture: string;
}

/** Installed packages by everything that a relation can call them. */
export interface Index {
  readonly packages: ReadonlyMap<string, InstalledPackage>;
  readonly byName: ReadonlyMap<string, readonly InstalledPackage[]>;
  readonly byProvision: ReadonlyMap<string, readonly { readonly provided: Relation; readonly by: InstalledPackage }[]>;
  readonly options: ClosureOptions;
}

/**
 * Keys of every installed package that a set of them needs, the set itself included. Every installed package that answers an
 * alternative counts, so that what is outside the closure is surely not needed by it. Keys that are not installed are left
 * out. Pure.
 */
export function dependencyClosure(
  keys: Iterable<string>,
  packages: ReadonlyMap<string, InstalledPackage>,
  options: ClosureOptions,
): Set<string> {
  const index = indexOf(packages, options);
  const closure = new Set<string>();
  const waiting = [...keys];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    const found = packages.get(key);
    if (found === undefined || !isThere(found) || closure.has(key)) continue;
    closure.add(key);
    for (const needed of neededBy(found, index)) waiting.push(needed.key);
  }
  return closure;
}

/**
 * Keys of the installed packages that need this one by name or by something that it provides, directly; whether another one
 * could stand in is not asked. Pure.
 */
export function dependents(
  key: string,
  packages: ReadonlyMap<string, InstalledPackage>,
  options: ClosureOptions,
): Set<string> {
  const index = indexOf(packages, options);
  const found = new Set<string>();
  for (const other of packages.values()) {
    if (other.key === key || !isThere(other)) continue;
    if (neededBy(other, index).some((needed) => needed.key === key)) found.add(other.key);
  }
  return found;
}

function isThere({ state }: InstalledPackage): boolean {
  return state !== "config-files" && state !== "not-installed";
}

export function indexOf(packages: ReadonlyMap<string, InstalledPackage>, options: ClosureOptions): Index {
  const byName = new Map<string, InstalledPackage[]>();
  const byProvision = new Map<string, { provided: Relation; by: InstalledPackage }[]>();
  for (const by of packages.values()) {
    if (!isThere(by)) continue;
    append(byName, by.name, by);
    for (const provided of parseProvides(by.provides)) append(byProvision, provided.name, { provided, by });
  }
  return { packages, byName, byProvision, options };
}

function append<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

function neededBy(found: InstalledPackage, index: Index): InstalledPackage[] {
  const fields = [found.preDepends, found.depends, ...(index.options.recommends ? [found.recommends] : [])];
  const relations = fields.flatMap((field) => parseRelations(field).flat());
  return relations.flatMap((relation) => answersTo(relation, found, index));
}

/** The installed packages that answer a relation of `from`, by name and by what they provide. Pure. */
export function answersTo(relation: Relation, from: InstalledPackage, index: Index): InstalledPackage[] {
  const native = index.options.architecture;
  const named = (index.byName.get(relation.name) ?? []).filter(
    (candidate) => versionAnswers(candidate.version, relation) && archAnswers(candidate, relation, from, native),
  );
  const provided = (index.byProvision.get(relation.name) ?? []).filter(
    (each) => provisionAnswers(each.provided, relation) && archAnswers(each.by, relation, from, native),
  );
  return [...named, ...provided.map(({ by }) => by)];
}

/**
 * Whether a package of its architecture can answer a relation of another one: the same architecture, any where the candidate
 * is `Multi-Arch: foreign` or the relation says `:any` and the candidate allows it, else the one that the relation names.
 * `all` counts as the native architecture (multiarch specification, dependency resolution).
 */
function archAnswers(candidate: InstalledPackage, relation: Relation, from: InstalledPackage, native: string): boolean {
  const arch = realArch(candidate, native);
  if (relation.arch === undefined) return candidate.multiArch === "foreign" || arch === realArch(from, native);
  if (relation.arch === "any")
    return candidate.multiArch === "allowed" || candidate.multiArch === "foreign" || arch === realArch(from, native);
  return arch === (relation.arch === "native" ? native : relation.arch);
}

function realArch({ arch }: InstalledPackage, native: string): string {
  return arch === "all" || arch === "" ? native : arch;
}
