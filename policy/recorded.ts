import type { Evidence, RecordedChain } from "../schema/model/artifact.ts";

/**
 * Evidence from an earlier run over the very same bytes, marked as such. What the bytes alone tell is left out: that is found
 * out again each time; and what is known of vulnerabilities today, an earlier run could not know.
 */
export function recordedEvidence({ evidence }: RecordedChain): Evidence[] {
  return evidence
    .filter(({ check, verdict }) => check !== "checksum" && check !== "vulnerabilities" && verdict !== "pending")
    .map((piece) => ({
      ...piece,
      detail: `Recorded by an earlier run: ${piece.detail}`,
      facts: { ...piece.facts, recorded: "yes" },
    }));
}
