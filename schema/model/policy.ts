import type { Grade } from "./artifact.ts";

/** A rule's value and where it stands, for the plan to name. */
export interface Rule<T> {
  readonly value: T;
  /** Path of the policy file, or `built-in`. */
  readonly file: string;
  /** From 1; absent for a built-in rule. */
  readonly line?: number;
}

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

/**
 * The rules of one policy.toml that this build enforces. A rule that is absent demands nothing; rules that this build
 * cannot enforce never get here, for the file is refused.
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
  /** `signatures.required` */
  readonly signaturesRequired?: Rule<boolean>;
  /** `indexes.max-age`: how old the Release file over what is installed may be, in days. */
  readonly indexesMaxAge?: Rule<number>;
  /** `removals.max`: the most removals that one plan may have. */
  readonly removalsMax?: Rule<number>;
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
}

/** The policies that count together. */
export interface Policies {
  readonly builtIn: PolicyFile;
  /** Root's. */
  readonly machine?: PolicyFile;
  /** The one beside the lock; it can only tighten. */
  readonly repository?: PolicyFile;
}
