import type { Evidence } from "./artifact.ts";
import type { Change } from "./change.ts";
import type { Desired, Pin } from "./desired.ts";
import type { PlatformLock } from "./lock.ts";
import type { Observed, Scope } from "./resource.ts";
import type { Operation, Transaction } from "./transaction.ts";

export type Detection = { readonly available: true } | { readonly available: false; readonly reason: string };

/** The order and the meaning of a provider's versions. Pure. */
export interface Versioning {
  /** Negative when `a` is older than `b`, 0 when equal, positive when newer. */
  compare(a: string, b: string): number;
  /** Whether an installed version answers a request such as `7.88.*`. */
  satisfies(version: string, request: string): boolean;
}

/** What omg remembers of an artifact that it verified before. Fields as in `Artifact`. */
export interface ArtifactRecord {
  readonly sha256: string;
  readonly filename: string;
  readonly origin: string;
  readonly arch: string;
  readonly size?: number;
  readonly control?: string;
  readonly evidence: readonly Evidence[];
}

/** omg's own memory of artifacts, by address and version. */
export interface Records {
  artifact(address: string, version: string): ArtifactRecord | undefined;
  /** Whether the store holds these bytes. */
  stored(sha256: string): boolean;
}

export interface ResolveOptions {
  /** Going back to an older version was asked for. */
  readonly allowDowngrades: boolean;
  /** Holds that omg set itself, by name: the only ones a transaction may work over. */
  readonly ownHolds: ReadonlySet<string>;
  readonly records: Records;
  /** Versions by name that the machine has and the lock pins: to be left alone where the solver can. */
  readonly keep?: ReadonlyMap<string, string>;
}

/** Facts that an interrupted run left in the log: what it was about to do. */
export interface InterruptedRun {
  readonly transaction: Transaction;
}

/** A pin that capture or `omg lock` proposes. */
export interface PinProposal {
  readonly name: string;
  readonly pin: Pin;
  readonly auto: boolean;
}

/** What `env capture` and `omg lock` need to write a lock. */
export interface LockProposal {
  /** Requests for the user's document, by name; only capture uses them. */
  readonly requests: Readonly<Record<string, { readonly version: string; readonly hold?: true }>>;
  readonly pins: readonly PinProposal[];
  /** Digests of the signed indexes that the pins were found in, by source. */
  readonly indexes: Readonly<Record<string, { readonly release: string; readonly packages: string }>>;
  readonly notes: readonly string[];
}

/**
 * Brings one kind of resource into the flow. Adding one is adding a folder under `providers/`.
 * Every method but `operations`' effects is free of side effects, and none elevates.
 */
export interface Provider {
  readonly name: string;
  readonly scope: Scope;
  readonly versioning: Versioning;
  /** Whether this host can have it, cheaply. */
  detect(): Promise<Detection>;
  /** The provider's part of the lock. Pure. */
  desired(lock: PlatformLock): Desired;
  /** Live state, from files. */
  observe(): Promise<Observed>;
  /** Digest of everything that `resolve` reads besides the state it changes. */
  fingerprint(): Promise<string>;
  /** The real solver's answer. No changes, no solver. */
  resolve(changes: readonly Change[], observed: Observed, options: ResolveOptions): Promise<Transaction>;
  /**
   * What carries the transaction out, in order. `workspace` is an empty folder that only the run's user can write, and
   * which is gone when the run is over. Pure: a dry run shows the same list.
   */
  operations(transaction: Transaction, workspace: string): readonly Operation[];
  /** Whether another program is changing this provider's resources now: its name and pid, for the user. */
  busy(): Promise<string | undefined>;
  /** What brings an interrupted package manager back, before anything else is done. `workspace` as for `operations`. */
  repair(observed: Observed, interrupted: InterruptedRun | undefined, workspace: string): Promise<readonly Operation[]>;
  /** Pins for the lock's requests (or, for a capture, for everything installed). */
  propose(input: {
    readonly lock?: PlatformLock;
    readonly observed: Observed;
    readonly records: Records;
  }): Promise<LockProposal>;
}
