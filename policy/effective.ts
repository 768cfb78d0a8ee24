import { digestOf } from "../host/canonical-json.ts";
import type { Grade } from "../schema/model/artifact.ts";
import type { Policies, PolicyFile, Rule } from "../schema/model/policy.ts";
import { compareGrades } from "./grade.ts";
import { type ProvenanceRule, provenanceRules, valueOfRules } from "./provenance-tables.ts";

/** What holds when nobody wrote a policy: no demands beyond the checks themselves, which `rules/checks.ts` never waives. */
export const BUILT_IN_POLICY: PolicyFile = {};

/** What a run must satisfy: every rule with the file and line that demands it. */
export interface EffectivePolicy {
  readonly gradeMinimum: Rule<Grade> | undefined;
  readonly gradeSources: Readonly<Record<string, Rule<Grade>>>;
  readonly gradePackages: Readonly<Record<string, Rule<Grade>>>;
  /** Each list by itself: what is installed must be allowed by all of them. */
  readonly originsAllow: readonly Rule<readonly string[]>[];
  readonly packagesAllow: readonly Rule<readonly string[]>[];
  /** Each list by itself: what is installed must be denied by none of them. */
  readonly packagesDeny: readonly Rule<readonly string[]>[];
  readonly signaturesRequired: Rule<true> | undefined;
  /** Days. */
  readonly indexesMaxAge: Rule<number> | undefined;
  readonly removalsMax: Rule<number> | undefined;
  readonly undoRequired: Rule<true> | undefined;
  /** The machine's permissions; absent when root gave none. */
  readonly shellAllow: Rule<readonly string[]> | undefined;
  /** The machine's permissions; absent when root gave none. */
  readonly sourcesAllow: Rule<readonly string[]> | undefined;
  /** What the repository leaves of them; absent when it says nothing. */
  readonly sourcesKept: Rule<readonly string[]> | undefined;
  /** Of every file, each by itself: all of them that apply must be satisfied. */
  readonly provenance: readonly ProvenanceRule[];
  /** Hex SHA-256 over the values, whichever files they came from. */
  readonly digest: string;
}

/**
 * The strictest of all policies, rule by rule; between equals the machine's file is named before the repository's. No file
 * can take away what another demands. Pure.
 */
export function effectivePolicy({ builtIn, machine, repository }: Policies): EffectivePolicy {
  const files = [builtIn, machine, repository].filter((file) => file !== undefined);
  const rules: Omit<EffectivePolicy, "digest"> = {
    gradeMinimum: strictest(files, (file) => file.gradeMinimum, compareGrades),
    gradeSources: strictestByKey(files.map((file) => file.gradeSources)),
    gradePackages: strictestByKey(files.map((file) => file.gradePackages)),
    originsAllow: each(files, (file) => file.originsAllow),
    packagesAllow: each(files, (file) => file.packagesAllow),
    packagesDeny: each(files, (file) => file.packagesDeny),
    signaturesRequired: demanded(files, (file) => file.signaturesRequired),
    indexesMaxAge: smallest(files, (file) => file.indexesMaxAge),
    removalsMax: smallest(files, (file) => file.removalsMax),
    undoRequired: demanded(files, (file) => file.undoRequired),
    shellAllow: machine?.shellAllow,
    sourcesAllow: machine?.sourcesAllow,
    sourcesKept: repository?.sourcesAllow,
    provenance: files.flatMap(provenanceRules),
  };
  return { ...rules, digest: digestOf(valuesOf(rules)) };
}

function strictest<T>(
  files: readonly PolicyFile[],
  pick: (file: PolicyFile) => Rule<T> | undefined,
  compare: (a: T, b: T) => number,
): Rule<T> | undefined {
  let found: Rule<T> | undefined;
  for (const file of files) {
    const rule = pick(file);
    if (rule !== undefined && (found === undefined || compare(rule.value, found.value) > 0)) found = rule;
  }
  return found;
}

function smallest(
  files: readonly PolicyFile[],
  pick: (file: PolicyFile) => Rule<number> | undefined,
): Rule<number> | undefined {
  return strictest(files, pick, (a, b) => b - a);
}

function strictestByKey(
  tables: readonly (Readonly<Record<string, Rule<Grade>>> | undefined)[],
): Record<string, Rule<Grade>> {
  const merged = new Map<string, Rule<Grade>>();
  for (const [key, rule] of tables.flatMap((table) => Object.entries(table ?? {}))) {
    const known = merged.get(key);
    if (known === undefined || compareGrades(rule.value, known.value) > 0) merged.set(key, rule);
  }
  return Object.fromEntries(merged);
}

function each<T>(files: readonly PolicyFile[], pick: (file: PolicyFile) => Rule<T> | undefined): Rule<T>[] {
  return files.map(pick).filter((rule) => rule !== undefined);
}

function demanded(
  files: readonly PolicyFile[],
  pick: (file: PolicyFile) => Rule<boolean> | undefined,
): Rule<true> | undefined {
  const rule = each(files, pick).find(({ value }) => value);
  return rule === undefined ? undefined : { ...rule, value: true };
}

/** The rules without their places: a policy that moved down a line is the same policy. */
function valuesOf(rules: Omit<EffectivePolicy, "digest">): unknown {
  const table = (named: Readonly<Record<string, Rule<Grade>>>): [string, Grade][] =>
    Object.entries(named)
      .map(([key, { value }]): [string, Grade] => [key, value])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  const lists = (found: readonly Rule<readonly string[]>[]): string[][] => found.map(({ value }) => [...value].sort());
  return {
    gradeMinimum: rules.gradeMinimum?.value,
    gradeSources: table(rules.gradeSources),
    gradePackages: table(rules.gradePackages),
    originsAllow: lists(rules.originsAllow),
    packagesAllow: lists(rules.packagesAllow),
    packagesDeny: lists(rules.packagesDeny),
    signaturesRequired: rules.signaturesRequired?.value,
    indexesMaxAge: rules.indexesMaxAge?.value,
    removalsMax: rules.removalsMax?.value,
    undoRequired: rules.undoRequired?.value,
    shellAllow: rules.shellAllow === undefined ? undefined : lists([rules.shellAllow]),
    sourcesAllow: rules.sourcesAllow === undefined ? undefined : lists([rules.sourcesAllow]),
    sourcesKept: rules.sourcesKept === undefined ? undefined : lists([rules.sourcesKept]),
    ...(rules.provenance.length === 0 ? {} : { provenance: valueOfRules(rules.provenance) }),
  };
}
