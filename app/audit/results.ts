import type { Entry, Verification } from "../../reconciler/log.ts";
import type { Evidence, Grade } from "../../schema/model/artifact.ts";
import type { Scope } from "../../schema/model/resource.ts";

/** What a witness had to say about one log. */
export interface WitnessAnswer {
  readonly name: string;
  /** Heads of this log that it has. */
  readonly heads: number;
  /** Of these, heads that are not signed with the key that the log was checked with: compared all the same. */
  readonly otherwiseSigned: number;
  /** The last line that it has seen. */
  readonly upTo?: number;
}

export interface ScopeAudit extends Verification {
  readonly scope: Scope;
  readonly witness?: WitnessAnswer;
  /** What follows from all that, in sentences. */
  readonly proved: readonly string[];
  readonly notProved: readonly string[];
}

export interface AuditVerifyResult {
  readonly scopes: readonly ScopeAudit[];
  readonly whole: boolean;
}

export interface AuditKeyResult {
  readonly scope: Scope;
  /** Hex SHA-256 of the public key in DER (SPKI). */
  readonly fingerprint: string;
  /** The public key. */
  readonly pem: string;
  readonly path: string;
}

/** What was checked of one artifact. */
export interface CheckedArtifact {
  readonly address: string;
  readonly sha256: string;
  readonly grade: Grade;
  /** `changed`: what is kept is not what the log has the digest of. */
  readonly evidence: readonly Evidence[] | "gone" | "changed";
}

/** One line of a log, and what it means. */
export interface AuditRecord {
  readonly scope: Scope;
  readonly entry: Entry;
  readonly meaning: string;
  /** Only where it was asked for. */
  readonly checked?: readonly CheckedArtifact[];
}
