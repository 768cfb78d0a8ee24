import { digestOf } from "../host/canonical-json.ts";
import { dictionary } from "../schema/files/dictionary.ts";
import type { Grade } from "../schema/model/artifact.ts";
import type { AtMost, Policies, PolicyFile, Rule } from "../schema/model/policy.ts";
import type { Window } from "../schema/model/window.ts";
import { compareGrades } from "./grade.ts";
import { type LicenseRule, licenseRules } from "./license-tables.ts";
import { type ProvenanceRule, provenanceRules, valueOfRules } from "./provenance-tables.ts";
import { demandValues, type VulnerabilityDemands, vulnerabilityDemands } from "./vulnerability-demands.ts";

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
  /** Of every file, each by itself: all of them that apply must be satisfied. */
  readonly licenses: readonly LicenseRule[];
  readonly signaturesRequired: Rule<true> | undefined;
  /** Days. */
  readonly indexesMaxAge: Rule<number> | undefined;
  /** Days, each by itself. */
  readonly ageMinimum: Rule<number> | undefined;
  readonly ageSources: Readonly<Record<string, Rule<number>>>;
  readonly agePackages: Readonly<Record<string, Rule<number>>>;
  readonly vulnerabilities: VulnerabilityDemands;
  /** Every file that demands a grade says itself which vulnerabilities may be: then these do not count for its grades. */
  readonly gradesLeaveVulnerabilities: boolean;
  readonly removalsMax: Rule<number> | undefined;
  /** Each list by itself: what is removed must be denied by none of them. */
  readonly removalsDeny: readonly Rule<readonly string[]>[];
  readonly undoRequired: Rule<true> | undefined;
  /** The machine's permissions; absent when root gave none. */
  readonly shellAllow: Rule<readonly string[]> | undefined;
  /** The machine's permissions; absent when root gave none. */
  readonly sourcesAllow: Rule<readonly string[]> | undefined;
  /** What the repository leaves of them, each list by itself. */
  readonly sourcesKept: readonly Rule<readonly string[]>[];
  /** Of every file, each by itself: all of them that apply must be satisfied. */
  readonly provenance: readonly ProvenanceRule[];
  /** Each list by itself: what omgd begins must fall into all of them. */
  readonly windows: readonly Rule<readonly Window[]>[];
  readonly drift: Rule<AtMost> | undefined;
  readonly rollForward: Rule<AtMost> | undefined;
  /** Hex SHA-256 over the values, whichever files they came from. */
  readonly digest: string;
}

/**
 * The strictest of all policies, rule by rule; between equals the machine's file is named before the repository's. No file
 * can take away what another demands. Pure.
 */
export function effectivePolicy({ builtIn, machine, repository, earlier = [] }: Policies): EffectivePolicy {
  const files = [builtIn, machine, repository, ...earlier].filter((file) => file !== undefined);
  const rules: Omit<EffectivePolicy, "digest"> = {
    gradeMinimum: strictest(files, (file) => file.gradeMinimum, compareGrades),
    gradeSources: strictestByKey(files, (file) => file.gradeSources, compareGrades),
    gradePackages: strictestByKey(files, (file) => file.gradePackages, compareGrades),
    originsAllow: each(files, (file) => file.originsAllow),
    packagesAllow: each(files, (file) => file.packagesAllow),
    packagesDeny: each(files, (file) => file.packagesDeny),
    licenses: files.flatMap(licenseRules),
    signaturesRequired: demanded(files, (file) => file.signaturesRequired),
    indexesMaxAge: smallest(files, (file) => file.indexesMaxAge),
    ageMinimum: strictest(files, (file) => file.ageMinimum, largest),
    ageSources: strictestByKey(files, (file) => file.ageSources, largest),
    agePackages: strictestByKey(files, (file) => file.agePackages, largest),
    vulnerabilities: vulnerabilityDemands(files),
    gradesLeaveVulnerabilities: files.every(
      (file) => !hasGrades(file) || file.vulnerabilitiesMaxSeverity !== undefined,
    ),
    removalsMax: smallest(files, (file) => file.removalsMax),
    removalsDeny: each(files, (file) => file.removalsDeny),
    undoRequired: demanded(files, (file) => file.undoRequired),
    shellAllow: machine?.shellAllow,
    sourcesAllow: machine?.sourcesAllow,
    sourcesKept: each(repository === undefined ? earlier : [repository, ...earlier], (file) => file.sourcesAllow),
    provenance: files.flatMap(provenanceRules),
    windows: each(files, (file) => file.windows),
    drift: strictest(files, (file) => file.driftMode, mostAtMost),
    rollForward: strictest(files, (file) => file.rollForwardMode, mostAtMost),
  };
  return { ...rules, digest: digestOf(valuesOf(rules)) };
}

/** Whether a file demands grades. */
export function hasGrades({ gradeMinimum, gradeSources, gradePackages }: PolicyFile): boolean {
  return gradeMinimum !== undefined || gradeSources !== undefined || gradePackages !== undefined;
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

/** Only to report is the stricter one. */
function mostAtMost(a: AtMost, b: AtMost): number {
  return Number(a === "report") - Number(b === "report");
}

function largest(a: number, b: number): number {
  return a - b;
}

function strictestByKey<T>(
  files: readonly PolicyFile[],
  pick: (file: PolicyFile) => Readonly<Record<string, Rule<T>>> | undefined,
  compare: (a: T, b: T) => number,
): Record<string, Rule<T>> {
  const merged = new Map<string, Rule<T>>();
  for (const [key, rule] of files.flatMap((file) => Object.entries(pick(file) ?? {}))) {
    const known = merged.get(key);
    if (known === undefined || compare(rule.value, known.value) > 0) merged.set(key, rule);
  }
  return dictionary(merged);
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
  const table = <T>(named: Readonly<Record<string, Rule<T>>>): [string, T][] =>
    Object.entries(named)
      .map(([key, { value }]): [string, T] => [key, value])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  const lists = (found: readonly Rule<readonly string[]>[]): string[][] => found.map(({ value }) => [...value].sort());
  return {
    gradeMinimum: rules.gradeMinimum?.value,
    gradeSources: table(rules.gradeSources),
    gradePackages: table(rules.gradePackages),
    originsAllow: lists(rules.originsAllow),
    packagesAllow: lists(rules.packagesAllow),
    packagesDeny: lists(rules.packagesDeny),
    licenses: valueOfRules(rules.licenses),
    signaturesRequired: rules.signaturesRequired?.value,
    indexesMaxAge: rules.indexesMaxAge?.value,
    ageMinimum: rules.ageMinimum?.value,
    ageSources: table(rules.ageSources),
    agePackages: table(rules.agePackages),
    vulnerabilities: demandValues(rules.vulnerabilities),
    gradesLeaveVulnerabilities: rules.gradesLeaveVulnerabilities,
    removalsMax: rules.removalsMax?.value,
    removalsDeny: lists(rules.removalsDeny),
    undoRequired: rules.undoRequired?.value,
    shellAllow: rules.shellAllow === undefined ? undefined : lists([rules.shellAllow]),
    sourcesAllow: rules.sourcesAllow === undefined ? undefined : lists([rules.sourcesAllow]),
    sourcesKept: lists(rules.sourcesKept),
    ...(rules.drift === undefined ? {} : { drift: rules.drift.value }),
    ...(rules.rollForward === undefined ? {} : { rollForward: rules.rollForward.value }),
    ...(rules.windows.length === 0 ? {} : { windows: rules.windows.map(({ value }) => value) }),
    ...(rules.provenance.length === 0 ? {} : { provenance: valueOfRules(rules.provenance) }),
  };
}
