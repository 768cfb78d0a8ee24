import type { Evidence } from "../../schema/model/artifact.ts";
import type { SignatureCode } from "./report.ts";

/** Everything that the check of a signature chain can end in. */
export type ChainCode =
  | SignatureCode
  | "release-expired"
  | "release-from-future"
  | "release-older"
  | "index-mismatch"
  | "index-not-listed"
  | "artifact-not-listed"
  | "artifact-mislabeled"
  | "lock-index-disagree"
  | "no-keyring-bound"
  | "source-trusted-blindly"
  | "signature-missing"
  | "database-unsigned"
  | "unreadable";

/** Thrown inside the verifier to leave it with an answer; it never gets out of `policy/pgp/`. */
export class Refusal extends Error {
  readonly code: ChainCode;
  readonly facts: Readonly<Record<string, string>>;

  constructor(code: ChainCode, detail: string, facts: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.name = "Refusal";
    this.code = code;
    this.facts = facts;
  }
}

/** Codes of a good signature; the second is worth less, see `grade`. */
const GOOD: readonly ChainCode[] = ["signature-valid", "no-keyring-bound"];

/** The evidence that a code stands for: only a good signature passes, and what could not be read is `unknown`. */
export function chainEvidence(code: ChainCode, detail: string, facts: Readonly<Record<string, string>>): Evidence {
  const verdict = GOOD.includes(code) ? "pass" : code === "unreadable" ? "unknown" : "fail";
  return { check: "signature", verdict, code, detail, facts };
}

/** Evidence for whatever ended a check early. A fault that is no answer of ours counts as unreadable, never as a pass. */
export function evidenceOfFault(fault: unknown, facts: Readonly<Record<string, string>> = {}): Evidence {
  if (fault instanceof Refusal) return chainEvidence(fault.code, fault.message, { ...facts, ...fault.facts });
  const reason = fault instanceof Error ? fault.message : String(fault);
  return chainEvidence("unreadable", `The signature chain could not be read: ${reason}`, facts);
}
