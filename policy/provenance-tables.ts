import { globMatches } from "../schema/files/glob.ts";
import type { Artifact } from "../schema/model/artifact.ts";
import type { PolicyFile, ProvenanceRules, Rule } from "../schema/model/policy.ts";

/** One table of rules about provenance, and what it is about. */
export interface ProvenanceTable {
  /** As written in policy.toml: `provenance`, `provenance.sources.internal`. */
  readonly name: string;
  /** Globs; absent: everything. */
  readonly source?: string;
  readonly package?: string;
  readonly rules: ProvenanceRules;
}

/** A rule with its name as written in policy.toml: `provenance.repositories`. */
export interface NamedRule<T> extends Rule<T> {
  readonly name: string;
}

/** Everything that is demanded of one artifact's provenance. */
export interface ProvenanceDemands {
  /** There must be some. A demanded level is such a demand, too: none at all is level 0. */
  readonly required?: NamedRule<unknown>;
  readonly level?: NamedRule<number>;
  /** Each list by itself: it must be allowed by all of them. */
  readonly builders: readonly NamedRule<readonly string[]>[];
  readonly repositories: readonly NamedRule<readonly string[]>[];
  readonly workflows: readonly NamedRule<readonly string[]>[];
  readonly issuers: readonly NamedRule<readonly string[]>[];
}

/** The tables of one file. Pure. */
export function provenanceTables(file: PolicyFile): readonly ProvenanceTable[] {
  return [
    ...(file.provenance === undefined ? [] : [{ name: "provenance", rules: file.provenance }]),
    ...Object.entries(file.provenanceSources ?? {}).map(([source, rules]) => ({
      name: `provenance.sources.${source}`,
      source,
      rules,
    })),
    ...Object.entries(file.provenancePackages ?? {}).map(([pattern, rules]) => ({
      name: `provenance.packages.${pattern}`,
      package: pattern,
      rules,
    })),
  ];
}

/** The tables without their places, in an order of their own. */
export function valueOfTables(tables: readonly ProvenanceTable[]): unknown {
  const values = tables.map(({ name, rules }) => [
    name,
    Object.entries(rules as Readonly<Record<string, Rule<unknown>>>)
      .map(([key, { value }]) => [key, Array.isArray(value) ? [...value].sort() : value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
  return values.map((value) => JSON.stringify(value)).sort();
}

/** What all tables that cover the artifact demand together; undefined where none says anything. Pure. */
export function provenanceDemands(
  tables: readonly ProvenanceTable[],
  artifact: Pick<Artifact, "name" | "address" | "origin">,
): ProvenanceDemands | undefined {
  const rules = tables.filter((table) => isAbout(table, artifact)).flatMap(namedRules);
  const lists = (key: keyof ProvenanceRules) =>
    rules.filter((rule): rule is NamedRule<readonly string[]> & { key: string } => rule.key === key);
  const levels = rules.filter((rule): rule is NamedRule<number> & { key: string } => rule.key === "level");
  const level = levels.toSorted((a, b) => b.value - a.value)[0];
  const required = rules.find(({ key, value }) => key === "required" && value === true) ?? level;
  const demands = {
    ...(required === undefined ? {} : { required }),
    ...(level === undefined ? {} : { level }),
    builders: lists("builders"),
    repositories: lists("repositories"),
    workflows: lists("workflows"),
    issuers: lists("issuers"),
  };
  return rules.some(({ key, value }) => key !== "required" || value === true) ? demands : undefined;
}

function isAbout(table: ProvenanceTable, { name, address, origin }: Pick<Artifact, "name" | "address" | "origin">) {
  if (table.source !== undefined) return globMatches(table.source, origin);
  return table.package === undefined || globMatches(table.package, name) || globMatches(table.package, address);
}

function namedRules({ name, rules }: ProvenanceTable): readonly (NamedRule<unknown> & { readonly key: string })[] {
  return Object.entries(rules as Readonly<Record<string, Rule<unknown>>>).map(([key, rule]) => ({
    ...rule,
    key,
    name: `${name}.${key}`,
  }));
}
