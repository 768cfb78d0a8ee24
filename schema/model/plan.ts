import type { Verdict } from "./artifact.ts";
import type { Diff } from "./change.ts";
import type { LockIdentity } from "./desired.ts";
import type { Scope } from "./resource.ts";
import type { Problem, Step, Transaction } from "./transaction.ts";

/** What a plan was made from. Any difference later makes it stale. */
export interface Binding {
  readonly lock: LockIdentity;
  /** Hex SHA-256 of the lock and everything it includes. */
  readonly lockDigest: string;
  /** Commit that the work tree of the lock is at; absent outside git. */
  readonly commit?: string;
  /** Hex SHA-256 of each policy file that exists, by path. */
  readonly policies: Readonly<Record<string, string>>;
  /** Digest of what each provider's solver reads: sources, preferences, configuration. */
  readonly providers: Readonly<Record<string, string>>;
  readonly platform: string;
}

/** Where a run is heading: to what the lock says, or back to an earlier generation of one scope. */
export type Goal =
  | { readonly type: "lock" }
  | { readonly type: "generation"; readonly scope: Scope; readonly number: number };

/** Everything that an apply would do, as a value. */
export interface Plan {
  /** RFC 3339, UTC. Not part of the digest. */
  readonly time: string;
  readonly goal: Goal;
  readonly binding: Binding;
  readonly diff: Diff;
  readonly steps: readonly Step[];
  readonly transactions: readonly Transaction[];
  readonly problems: readonly Problem[];
  readonly verdict: Verdict;
  readonly notes: readonly string[];
  /** Hex SHA-256 over binding, steps, operations and artifacts: two plans with one digest do the same. */
  readonly digest: string;
}
