import type { Evidence, RecordedChain } from "../schema/model/artifact.ts";

/** What is found out anew each time: from the bytes, or from what is known of them today. */
const AGAIN: ReadonlySet<Evidence["check"]> = new Set(["checksum", "license", "vulnerabilities"]);

/**
 * Evidence from an earlier run over the very same bytes, marked as such: facts, which today's policy judges anew. What the bytes
 * alone tell, and what is about the day, is left out: that is found out again each time. What that run did not look for is not
 * there, so a policy that demands more now refuses.
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
