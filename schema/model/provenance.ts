import type { Artifact } from "./artifact.ts";
import type { Transaction } from "./transaction.ts";

/** An artifact whose provenance the policy has rules about. */
export interface ProvenanceNeed {
  readonly artifact: Artifact;
  /** Without it, the artifact may not be installed. */
  readonly required: boolean;
  /** The repositories that the policy names word for word. */
  readonly repositories: readonly string[];
}

/** How one place answered the question for an artifact's bundles. */
export type BundleAnswer =
  | { readonly type: "found"; readonly address: string; readonly bundles: readonly Uint8Array[] }
  /** The place answered, and has none. */
  | { readonly type: "absent"; readonly address: string }
  /** It could not be asked, or what it answered is no answer. */
  | { readonly type: "unknown"; readonly address: string; readonly reason: string };

/** Somewhere that bundles are published: beside the artifact, in a repository's attestations, in a transparency log. */
export type BundleSource = (need: ProvenanceNeed, signal: AbortSignal) => Promise<readonly BundleAnswer[]>;

/** What a run knows of one artifact's bundles. */
export interface KnownBundles {
  /** Hex SHA-256 of those that lie in the store. */
  readonly bundles: readonly string[];
  /** Places that have none, and places that could not be asked. */
  readonly others: readonly Exclude<BundleAnswer, { readonly type: "found" }>[];
}

/** Whose provenance a run asks for, where, and what it has found. */
export interface ProvenanceDesk {
  /** Of all that the transactions would install, what the policy has rules about. */
  needs(transactions: readonly Transaction[]): readonly ProvenanceNeed[];
  readonly sources: readonly BundleSource[];
  /** What is known without asking anybody: from this run, or from omg's records of these very bytes. */
  known(artifact: Artifact): KnownBundles | undefined;
  note(artifact: Artifact, found: KnownBundles): void;
}
