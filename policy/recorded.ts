import type { Artifact, Evidence, RecordedChain } from "../schema/model/artifact.ts";

const AGAIN: readonly Evidence["check"][] = ["checksum", "provenance"];

/**
 * Evidence from an earlier run over the very same bytes, marked as such. What the bytes alone tell is left out: that is found
 * out again each time, and so is provenance: see `recordedProvenance`.
 */
export function recordedEvidence({ evidence }: RecordedChain): Evidence[] {
  return evidence.filter(({ check, verdict }) => !AGAIN.includes(check) && verdict !== "pending").map(marked);
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
