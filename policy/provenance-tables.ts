import { globMatches } from "../schema/files/glob.ts";
import type { Artifact } from "../schema/model/artifact.ts";
import type { PolicyFile, ProvenanceDemand, Rule } from "../schema/model/policy.ts";

/** A rule about provenance, and what it is about. */
export interface ProvenanceRule extends Rule<unknown> {
  /** As written in policy.toml: `provenance.level`, `provenance.sources.internal.level`. */
  readonly name: string;
  readonly key: keyof ProvenanceDemand;
  /** Globs; absent: everything. */
  readonly source?: string;
  readonly package?: string;
}

/** A rule with its name as written in policy.toml. */
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

/** The rules of one file. Those of a table for a source or a package stand where the table begins. Pure. */
export function provenanceRules(file: PolicyFile): readonly ProvenanceRule[] {
  const overall = {
    required: file.provenanceRequired,
    level: file.provenanceLevel,
    builders: file.provenanceBuilders,
    repositories: file.provenanceRepositories,
    workflows: file.provenanceWorkflows,
    issuers: file.provenanceIssuers,
  };
  return [
    ...Object.entries(overall).flatMap(([key, rule]) =>
      rule === undefined ? [] : [{ ...rule, key: key as keyof ProvenanceDemand, name: `provenance.${key}` }],
    ),
    ...Object.entries(file.provenanceSources ?? {}).flatMap(([source, rule]) =>
      rulesOf(rule, `provenance.sources.${source}`).map((each) => ({ ...each, source })),
    ),
    ...Object.entries(file.provenancePackages ?? {}).flatMap(([name, rule]) =>
      rulesOf(rule, `provenance.packages.${name}`).map((each) => ({ ...each, package: name })),
    ),
  ];
}

function rulesOf({ value, ...place }: Rule<ProvenanceDemand>, table: string): readonly ProvenanceRule[] {
  return Object.entries(value).map(([key, demand]) => ({
    ...place,
    value: demand,
    key: key as keyof ProvenanceDemand,
    name: `${table}.${key}`,
  }));
}

/** The rules without their places, in an order of their own. */
export function valueOfRules(rules: readonly NamedRule<unknown>[]): unknown {
  return rules
    .map(({ name, value }) => JSON.stringify([name, Array.isArray(value) ? [...value].sort() : value]))
    .sort();
}

/** What all rules that cover the artifact demand together; undefined where none says anything. Pure. */
export function provenanceDemands(
  all: readonly ProvenanceRule[],
  artifact: Pick<Artifact, "name" | "address" | "origin">,
): ProvenanceDemands | undefined {
  const rules = all.filter((rule) => isAbout(rule, artifact) && rule.value !== false);
  if (rules.length === 0) return undefined;
  const lists = (key: ProvenanceRule["key"]) =>
    rules.filter((rule) => rule.key === key) as readonly NamedRule<readonly string[]>[];
  const levels = rules.filter(({ key }) => key === "level") as readonly NamedRule<number>[];
  const level = levels.toSorted((a, b) => b.value - a.value)[0];
  const required = rules.find(({ key }) => key === "required") ?? level;
  return {
    ...(required === undefined ? {} : { required }),
    ...(level === undefined ? {} : { level }),
    builders: lists("builders"),
    repositories: lists("repositories"),
    workflows: lists("workflows"),
    issuers: lists("issuers"),
  };
}

function isAbout(rule: ProvenanceRule, { name, address, origin }: Pick<Artifact, "name" | "address" | "origin">) {
  if (rule.source !== undefined) return globMatches(rule.source, origin);
  return rule.package === undefined || globMatches(rule.package, name) || globMatches(rule.package, address);
}
