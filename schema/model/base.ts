import type { LockIdentity, Wanted } from "./desired.ts";
import type { Address, Attributes } from "./resource.ts";

/** What the last applied generation of one lock wanted, and what omg owns on its behalf. */
export interface Base {
  readonly lock: LockIdentity;
  /** Number of the generation in this scope. */
  readonly generation: number;
  readonly wanted: readonly Wanted[];
  /** What omg installed, or was told to adopt, with the attributes it left it in. */
  readonly owned: Readonly<Record<Address, Attributes>>;
  /**
   * Set by a rollback: the generation that the machine is held at until the lock is another one than `lockDigest`, which lay where the rollback was
   * asked for, and `tried`, which was applied last, in whole or in part. They are mostly the same.
   */
  readonly held?: { readonly generation: number; readonly lockDigest: string; readonly tried?: string };
}

/** A snapshot of one scope after a finished apply. Number 0 is the machine as the first apply found it. */
export interface Generation {
  readonly number: number;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly lock: LockIdentity;
  readonly lockDigest: string;
  readonly cause: "baseline" | "apply" | "rollback";
  /** What the lock wanted then: what a rollback to here holds the machine to. */
  readonly wanted: readonly Wanted[];
  readonly owned: Readonly<Record<Address, Attributes>>;
  /** Everything installed then, of every provider of the scope: provider, then name. */
  readonly installed: Readonly<Record<string, Readonly<Record<string, Attributes>>>>;
  /** Hex SHA-256 of the artifact of each address and version that omg has had in its hands, `apt.curl=7.88.1-10`. */
  readonly artifacts: Readonly<Record<string, string>>;
  /** Digest of the generation's entry in the log. */
  readonly entry: string;
  /** Digest of what was checked of every artifact when it was made, as it is kept beside the log. Absent where nothing was. */
  readonly evidence?: string;
}
