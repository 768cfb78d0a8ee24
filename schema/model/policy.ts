import type { Grade } from "./artifact.ts";
import type { Severity } from "./vulnerability.ts";
import type { Waiver } from "./waiver.ts";
import type { Window } from "./window.ts";

/** A rule's value and where it stands, for the plan to name. */
export interface Rule<T> {
  readonly value: T;
  /** Path of the policy file, or `built-in`. */
  readonly file: string;
  /** From 1; absent for a built-in rule. */
  readonly line?: number;
}

/** `enforce`: what breaks a rule is refused. `warn`: it is told, and done. */
export type PolicyMode = "enforce" | "warn";
/** What `[provenance]`, or one of its tables for a source or a package, demands. Addresses are patterns: see docs/policy.md. */
export interface ProvenanceDemand {
  /** There must be provenance, and it must hold. */
  readonly required?: boolean;
  /** The least SLSA build level, 1 to 3; none at all is level 0. */
  readonly level?: number;
  /** Builders, any of which may have made it. */
  readonly builders?: readonly string[];
  /** Repositories, any of which the source may have come from. */
  readonly repositories?: readonly string[];
  /** Workflows, any of which may have run. */
  readonly workflows?: readonly string[];
  /** Issuers of the identity that signed, any of which may have vouched for it. */
  readonly issuers?: readonly string[];
}

/** The most that omgd may do by itself: tell, or act as well. */
export type AtMost = "report" | "apply";

/**
 * The rules of one policy.toml. A rule that is absent demands nothing. A rule's name begins with that of its table, up to the
 * first capital letter (`roll` is `roll-forward`): modes and comparisons of whole files go by that.
 */
export interface PolicyFile {
  /** `grade.minimum`: the worst grade that may be installed. */
  readonly gradeMinimum?: Rule<Grade>;
  /** `grade.sources`, by name of the source, as `from` in the lock. */
  readonly gradeSources?: Readonly<Record<string, Rule<Grade>>>;
  /** `grade.packages`, by glob of the package's name. */
  readonly gradePackages?: Readonly<Record<string, Rule<Grade>>>;
  /** `origins.allow`: globs of the only sources that may be installed from. */
  readonly originsAllow?: Rule<readonly string[]>;
  /** `packages.allow`: globs of the only names that may be installed. */
  readonly packagesAllow?: Rule<readonly string[]>;
  /** `packages.deny`: globs of names that may not, whatever is allowed. */
  readonly packagesDeny?: Rule<readonly string[]>;
  /** `licenses.allow`: globs of the only SPDX ids under which something may be installed. */
  readonly licensesAllow?: Rule<readonly string[]>;
  /** `licenses.deny`: globs of SPDX ids under which nothing may, whatever is allowed. */
  readonly licensesDeny?: Rule<readonly string[]>;
  /** `licenses.sources` and `licenses.packages`, by glob of the source's or the package's name: the same lists for these alone. */
  readonly licensesAllowSources?: Readonly<Record<string, Rule<readonly string[]>>>;
  readonly licensesAllowPackages?: Readonly<Record<string, Rule<readonly string[]>>>;
  readonly licensesDenySources?: Readonly<Record<string, Rule<readonly string[]>>>;
  readonly licensesDenyPackages?: Readonly<Record<string, Rule<readonly string[]>>>;
  /** `licenses.unknown`: what becomes of a package whose license could not be told. */
  readonly licensesUnknown?: Rule<"allow" | "refuse">;
  readonly licensesUnknownSources?: Readonly<Record<string, Rule<"allow" | "refuse">>>;
  readonly licensesUnknownPackages?: Readonly<Record<string, Rule<"allow" | "refuse">>>;
  /** `signatures.required` */
  readonly signaturesRequired?: Rule<boolean>;
  /** `indexes.max-age`: how old the Release file over what is installed may be, in days. */
  readonly indexesMaxAge?: Rule<number>;
  /** `vulnerabilities.max-severity`: the worst known vulnerability that may be installed. */
  readonly vulnerabilitiesMaxSeverity?: Rule<Severity>;
  readonly vulnerabilitiesMaxSeveritySources?: Readonly<Record<string, Rule<Severity>>>;
  readonly vulnerabilitiesMaxSeverityPackages?: Readonly<Record<string, Rule<Severity>>>;
  /** `vulnerabilities.unknown`: what becomes of that of which nothing could be found out. */
  readonly vulnerabilitiesUnknown?: Rule<"allow" | "refuse">;
  readonly vulnerabilitiesUnknownSources?: Readonly<Record<string, Rule<"allow" | "refuse">>>;
  readonly vulnerabilitiesUnknownPackages?: Readonly<Record<string, Rule<"allow" | "refuse">>>;
  /** `vulnerabilities.unfixed`: whether a vulnerability counts for which there is no fixed version yet. */
  readonly vulnerabilitiesUnfixed?: Rule<"count" | "ignore">;
  readonly vulnerabilitiesUnfixedSources?: Readonly<Record<string, Rule<"count" | "ignore">>>;
  readonly vulnerabilitiesUnfixedPackages?: Readonly<Record<string, Rule<"count" | "ignore">>>;
  /** `vulnerabilities.max-age`: how old the list of vulnerabilities may be, in days. */
  readonly vulnerabilitiesMaxAge?: Rule<number>;
  /** `removals.max`: the most removals that one plan may have. */
  readonly removalsMax?: Rule<number>;
  /** `removals.deny`: globs of names that may not be removed. */
  readonly removalsDeny?: Rule<readonly string[]>;
  /** `age.minimum-days`: how long what is installed must have been known, in days. */
  readonly ageMinimum?: Rule<number>;
  /** `age.sources`, by glob of the source's name. */
  readonly ageSources?: Readonly<Record<string, Rule<number>>>;
  /** `age.packages`, by glob of the package's name. */
  readonly agePackages?: Readonly<Record<string, Rule<number>>>;
  /** `undo.required`: steps that a rollback cannot undo are refused. */
  readonly undoRequired?: Rule<boolean>;
  /** `shell.allow`: globs of variables (`PATH`, `LD_PRELOAD`) and aliases that a lock may set although they change what other programs run. */
  readonly shellAllow?: Rule<readonly string[]>;
  /** `sources.allow`: globs of the addresses that apt's sources may be added or changed with. */
  readonly sourcesAllow?: Rule<readonly string[]>;
  /** `provenance.required` and its kin, of everything that is installed: see `ProvenanceDemand`. */
  readonly provenanceRequired?: Rule<boolean>;
  readonly provenanceLevel?: Rule<number>;
  readonly provenanceBuilders?: Rule<readonly string[]>;
  readonly provenanceRepositories?: Rule<readonly string[]>;
  readonly provenanceWorkflows?: Rule<readonly string[]>;
  readonly provenanceIssuers?: Rule<readonly string[]>;
  /** `provenance.sources`, by glob of the source's name. */
  readonly provenanceSources?: Readonly<Record<string, Rule<ProvenanceDemand>>>;
  /** `provenance.packages`, by glob of the package's name. */
  readonly provenancePackages?: Readonly<Record<string, Rule<ProvenanceDemand>>>;
  /** `windows`: when omgd may begin to apply by itself. What a person applies they do not hold up. */
  readonly windows?: Rule<readonly Window[]>;
  /** `drift.mode` and `roll-forward.mode`: the most that omgd may do by itself. */
  readonly driftMode?: Rule<AtMost>;
  readonly rollForwardMode?: Rule<AtMost>;
  /** `mode`, and that of each table that has its own; a rule without any is enforced. */
  readonly modes?: { readonly whole?: PolicyMode; readonly tables: Readonly<Record<string, PolicyMode>> };
  readonly waivers?: readonly Rule<Waiver>[];
}

/** The policies that count together. */
export interface Policies {
  readonly builtIn: PolicyFile;
  /** Root's. */
  readonly machine?: PolicyFile;
  /** The one beside the lock; it can only tighten. */
  readonly repository?: PolicyFile;
  /** What the repository's asked for before, and does not any more: it counts until that is accepted on this machine. */
  readonly earlier?: readonly PolicyFile[];
}
