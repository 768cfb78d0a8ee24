import type { Evidence, RecordedChain } from "../schema/model/artifact.ts";

/** What is found out anew each time: from the bytes, or from what is known of them today. */
const AGAIN: ReadonlySet<Evidence["check"]> = new Set(["checksum", "license", "vulnerabilities"]);

/**
 * Evidence from an earlier run over the very same bytes, marked as such. What the bytes alone tell is left out: that is found
 * out again each time; and what is known of vulnerabilities today, an earlier run could not know.
 */
export function recordedEvidence({ evidence }: RecordedChain): Evidence[] {
  return evidence
    .filter(({ check, verdict }) => !AGAIN.has(check) && verdict !== "pending")
    .map((piece) => ({
      ...piece,
      detail: `Recorded by an earlier run: ${piece.detail}`,
      facts: { ...piece.facts, recorded: "yes" },
    }));
}
