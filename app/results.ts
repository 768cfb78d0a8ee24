import type { SignatureExplanation } from "../policy/index.ts";
import type { Verification } from "../reconciler/log.ts";
import type { Verdict } from "../schema/model/artifact.ts";
import type { Diff, Kind } from "../schema/model/change.ts";
import type { LockIdentity } from "../schema/model/desired.ts";
import type { Finding, Remedy } from "../schema/model/finding.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { Address, Scope } from "../schema/model/resource.ts";
import type { Operation } from "../schema/model/transaction.ts";
import type { SignedHead } from "../schema/model/witness.ts";
import type { StatusFault } from "./published-status.ts";

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
  /** Worth knowing after the change: a restart that is due. */
  readonly notes?: readonly string[];
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
  /** Sources that packages come from. */
  readonly sources: number;
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

/** A pin that comes, goes or moves. */
export interface PinChange {
  readonly address: string;
  /** Versions; null where there is no pin. */
  readonly from: string | null;
  readonly to: string | null;
  /** Source of the version that it moves to. */
  readonly source?: string;
  readonly auto: boolean;
}

/** What becomes of the lock: the people's part and the pins. */
export interface LockEditing {
  /** The lock's file. */
  readonly path: string;
  readonly platform: string;
  /** It was not there before. */
  readonly created: boolean;
  /** Requests by address, in words (`2.* from docker`, `absent`); null where there is none. */
  readonly requests: readonly { readonly address: string; readonly from: string | null; readonly to: string | null }[];
  readonly pins: readonly PinChange[];
  readonly notes: readonly string[];
}

export interface EditResult extends LockEditing {
  /** Whether a file was written. */
  readonly written: boolean;
  /** Absent where the command was about the lock alone. */
  readonly apply?: ApplyResult;
}

export interface HistoryEntry {
  readonly id: string;
  readonly scope: Scope;
  readonly number: number;
  readonly time: string;
  readonly cause: "baseline" | "apply" | "rollback";
  readonly lock: LockIdentity;
  readonly packages: number;
  /** Digest of what was checked when it was made; `omg audit log -v` shows it. */
  readonly evidence?: string;
  /** What this generation did: counts by kind. */
  readonly changes: Readonly<Record<string, number>>;
  readonly current: boolean;
}

export interface HistoryResult {
  readonly entries: readonly HistoryEntry[];
  /** Whether each scope's log is whole: a sentence when not. */
  readonly log: Partial<Record<Scope, Pick<Verification, "entries" | "broken"> & Partial<Verification>>>;
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
  /** RFC 3339; absent where there is no status to go by. */
  readonly time?: string;
  /** Why there is none. */
  readonly fault?: StatusFault;
  readonly path: string;
  /** Where the logs end, signed: to be noted elsewhere. `omg audit verify --witness` compares with it. */
  readonly audit?: Partial<Record<Scope, SignedHead>>;
}

export interface AdoptResult {
  readonly adopted: readonly string[];
  readonly already: readonly string[];
}

/** One kind of thing that cleaning takes away. */
export interface CleanItem {
  /** `objects`: of the store. `evidence`: what runs found when they verified. `unfinished`: what fetches that were cut off left there. */
  readonly kind: "generations" | "objects" | "evidence" | "unfinished" | "caches";
  /** Absent for caches. */
  readonly scope?: Scope;
  readonly count: number;
  readonly bytes: number;
  /** Numbers, the oldest first. */
  readonly generations?: readonly number[];
}

export interface CleanResult {
  /** `shown`: a dry run. `nothing`: there was nothing to remove. */
  readonly outcome: "cleaned" | "nothing" | "declined" | "shown";
  readonly items: readonly CleanItem[];
  /** Of all items. */
  readonly bytes: number;
  readonly kept: readonly {
    readonly scope: Scope;
    readonly generations: readonly number[];
    readonly objects: number;
    readonly bytes: number;
  }[];
  /** The system has generations of its own, which only root cleans, and this is not root. */
  readonly systemIsRoots: boolean;
}

/** An entry that differs between lock and machine. Null where there is none. */
export interface EnvDifference {
  readonly address: Address;
  readonly kind: Kind | "ahead" | "unreadable";
  /** What the user asked for; null for a dependency, and for what the lock does not name. */
  readonly lock: string | null;
  readonly pinned: string | null;
  readonly installed: string | null;
}

export interface EnvDiffResult {
  readonly lock: { readonly name: string; readonly path: string; readonly platform: string };
  readonly differences: readonly EnvDifference[];
  /** Newer than pinned, and left alone. */
  readonly ahead: readonly EnvDifference[];
  readonly satisfied: number;
}

/** One thing that a pipeline reports. */
export interface CiFinding {
  readonly rule: "missing" | "different" | "unwanted" | "unreadable" | "interrupted" | "ahead" | "unpinned";
  readonly level: "error" | "warning" | "note";
  /** Empty where it is about no entry. */
  readonly address: string;
  readonly message: string;
  /** The lock, or a file that it includes, from the folder that omg was started in. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export interface CiResult {
  readonly check: CheckResult;
  readonly findings: readonly CiFinding[];
}

export interface DoctorResult {
  readonly findings: readonly Finding[];
  readonly mended: readonly Remedy[];
  readonly notMended: readonly { readonly remedy: Remedy; readonly reason: string }[];
  /** Nothing bad was found, or is left. */
  readonly healthy: boolean;
}

export interface SetupResult {
  readonly folder: string;
  readonly files: readonly string[];
  readonly done: boolean;
}

/** One file's signatures, with every check of each. */
export interface SignatureAudit extends SignatureExplanation {
  /** Paths, links followed. `signature` is absent for a document that has its own in it. */
  readonly file: string;
  readonly signature?: string;
  readonly keyring: string;
}
