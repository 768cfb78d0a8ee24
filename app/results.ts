import type { Verdict } from "../schema/model/artifact.ts";
import type { Diff } from "../schema/model/change.ts";
import type { LockIdentity } from "../schema/model/desired.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { Scope } from "../schema/model/resource.ts";
import type { Operation } from "../schema/model/transaction.ts";

export interface PlanResult {
  readonly plan: Plan;
  /** Where `--out` wrote it. */
  readonly savedTo?: string;
}

export interface ApplyResult {
  readonly plan: Plan;
  /** `nothing`: already in sync. `declined`: the person said no. `shown`: a dry run. */
  readonly outcome: "applied" | "nothing" | "declined" | "shown";
  /** An interrupted run was finished first. */
  readonly recovered: boolean;
  /** New generation of each scope that changed: `system: 7`. */
  readonly generations: Partial<Record<Scope, number>>;
  /** Exactly what ran, or for a dry run would run, in order. */
  readonly operations: readonly Operation[];
  readonly verdict: Verdict;
}

export interface CheckResult {
  readonly inSync: boolean;
  readonly diff: Diff;
  readonly lock: LockIdentity & { readonly path: string; readonly commit?: string };
  /** Set while a rollback holds the machine: the generation it is held at. */
  readonly heldAt?: number;
  /** A run that was cut off and waits for the next apply to finish it. */
  readonly interrupted: readonly string[];
  readonly notes: readonly string[];
}

export interface CaptureResult {
  readonly path: string;
  readonly platform: string;
  readonly requests: number;
  readonly pins: number;
  /** Pins whose hash no configured source lists any more. */
  readonly withoutHash: readonly string[];
  readonly adopted: boolean;
  readonly notes: readonly string[];
  /** The text of the lock. */
  readonly text: string;
  readonly written: boolean;
}

export interface LockResult {
  readonly path: string;
  readonly platform: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  readonly written: boolean;
  readonly notes: readonly string[];
}

export interface HistoryEntry {
  readonly id: string;
  readonly scope: Scope;
  readonly number: number;
  readonly time: string;
  readonly cause: "baseline" | "apply" | "rollback";
  readonly lock: LockIdentity;
  readonly packages: number;
  /** What this generation did: counts by kind. */
  readonly changes: Readonly<Record<string, number>>;
  readonly current: boolean;
}

export interface HistoryResult {
  readonly entries: readonly HistoryEntry[];
  /** Whether each scope's log is whole: a sentence when not. */
  readonly log: Partial<Record<Scope, { readonly entries: number; readonly broken?: string }>>;
}

export interface StatusResult {
  readonly state: "unknown" | "in sync" | "drifted" | "applying" | "failed" | "held";
  /** A missing number could not be counted. */
  readonly total?: number;
  readonly explicit?: number;
  readonly orphans?: number;
  readonly updates?: number;
  readonly drift?: number;
  readonly vulnerabilities?: number;
  readonly generation: number;
  /** RFC 3339; absent when nothing was ever published. */
  readonly time?: string;
  readonly path: string;
}

export interface AdoptResult {
  readonly adopted: readonly string[];
  readonly already: readonly string[];
}

export interface SetupResult {
  readonly folder: string;
  readonly files: readonly string[];
  readonly done: boolean;
}
