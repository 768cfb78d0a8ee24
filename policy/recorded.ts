import type { Artifact, Evidence, RecordedChain } from "../schema/model/artifact.ts";

/** What is found out anew each time: from the bytes, or from what is known of them today. */
const AGAIN: ReadonlySet<Evidence["check"]> = new Set(["checksum", "provenance", "license", "vulnerabilities"]);

/**
/**
 * Evidence from an earlier run over the very same bytes, marked as such: facts, which today's policy judges anew. What the bytes
 * alone tell, and what is about the day, is left out: that is found out again each time, and so is provenance: see
 * `recordedProvenance`. What that run did not look for is not there, so a policy that demands more now refuses.
 */
export function recordedEvidence({ evidence }: RecordedChain): Evidence[] {
  return evidence.filter(({ check, verdict }) => !AGAIN.has(check) && verdict !== "pending").map(marked);
}

/**
 * Provenance that an earlier run verified, for where its bundle is not to be had any more; only of the very bytes that are
 * wanted now. Its facts are held to today's policy like any other.
 */
export function recordedProvenance({ chain, sha256 }: Pick<Artifact, "chain" | "sha256">): Evidence | undefined {
  const evidence = chain.type === "recorded" ? chain.evidence : [];
  const found = evidence.find(({ check, verdict }) => check === "provenance" && verdict === "pass");
  return found !== undefined && found.facts.artifact === sha256 ? marked(found) : undefined;
}

function marked(piece: Evidence): Evidence {
  return {
    ...piece,
    detail: `Recorded by an earlier run: ${piece.detail}`,
    facts: { ...piece.facts, recorded: "yes" },
  };
}
