import type { Scope } from "./resource.ts";

/** Where a log ended, in words that the machine's audit key signed (Ed25519 over their canonical form). */
export interface SignedHead {
  readonly scope: Scope;
  /** Number of the last line; 0 before the first. */
  readonly seq: number;
  /** Hex SHA-256 of that line. */
  readonly hash: string;
  /** Of that line: RFC 3339, UTC. */
  readonly time: string;
  /** Fingerprint of the key: hex SHA-256 of its public part (SPKI, DER). */
  readonly key: string;
  /** Base64. */
  readonly signature: string;
}

/** Keeps heads where whoever can write the log cannot: what it was told, a log that is written anew must still agree with. */
export interface Witness {
  /** For messages. */
  readonly name: string;
  /** Called after each line. Throws what prevents it; that stops nothing else. */
  note(head: SignedHead): void;
}
