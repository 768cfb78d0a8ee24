import type { Evidence } from "../../schema/model/artifact.ts";

/** Everything that the check of an artifact's provenance can end in. */
export type ProvenanceCode =
  | "provenance-valid"
  | "bundle-malformed"
  | "bundle-too-large"
  | "no-statement"
  | "certificate-bad"
  | "timestamp-bad"
  | "inclusion-missing"
  | "inclusion-bad"
  | "checkpoint-missing"
  | "checkpoint-bad"
  | "log-entry-bad"
  | "bundle-signature-bad"
  | "statement-malformed"
  | "predicate-unknown"
  | "subject-mismatch"
  | "identity-mismatch"
  | "certificate-disagrees"
  | "builder-mismatch"
  | "repository-mismatch"
  | "workflow-mismatch"
  | "level-too-low"
  | "trust-root-bad"
  | "unreadable"
  | "unreachable"
  | "not-found"
  | "not-asked";

/** Thrown inside the verifier to leave it with an answer; it never gets out of `policy/slsa/`. */
export class ProvenanceRefusal extends Error {
  readonly code: ProvenanceCode;
  readonly facts: Readonly<Record<string, string>>;

  constructor(code: ProvenanceCode, detail: string, facts: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.name = "ProvenanceRefusal";
    this.code = code;
    this.facts = facts;
  }
}

const VERDICTS: Partial<Readonly<Record<ProvenanceCode, Evidence["verdict"]>>> = {
  "provenance-valid": "pass",
  "not-found": "absent",
  "not-asked": "pending",
  unreachable: "unknown",
  unreadable: "unknown",
};

/** The evidence that a code stands for: whatever is not named above failed. */
export function provenanceEvidence(
  code: ProvenanceCode,
  detail: string,
  facts: Readonly<Record<string, string>> = {},
): Evidence {
  return { check: "provenance", verdict: VERDICTS[code] ?? "fail", code, detail, facts };
}

/** Evidence for whatever ended a check early. A fault that is no answer of ours is a bundle that nobody can read. */
export function evidenceOfRefusal(fault: unknown, facts: Readonly<Record<string, string>> = {}): Evidence {
  if (fault instanceof ProvenanceRefusal)
    return provenanceEvidence(fault.code, fault.message, { ...facts, ...fault.facts });
  const reason = fault instanceof Error ? fault.message : String(fault);
  return provenanceEvidence("bundle-malformed", `The bundle could not be read: ${reason}`, facts);
}
