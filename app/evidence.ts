import type { Store } from "../reconciler/store.ts";
import type { Artifact } from "../schema/model/artifact.ts";
import type { ArtifactSource } from "../schema/model/artifact-source.ts";
import type { FindKept, KeptObject, LockProposal } from "../schema/model/provider.ts";

// The signed indexes that a lock was made with, in the store: what proves its pins when the sources have moved on.

/** What one plan may take in of them, unpacked: many times what Debian has. Bytes. */
const MAX_OFFERED = 1024 * 1024 * 1024;

/** Puts what proves the proposed pins into the store. To be done before the pins are written. Errors: those of `Store.add`. */
export async function keepEvidence(store: Store, proposals: Iterable<LockProposal>): Promise<void> {
  for (const { evidence = [] } of proposals) await keepObjects(store, evidence);
}

/** Errors: those of `Store.add`. */
export async function keepObjects(store: Store, objects: readonly KeptObject[]): Promise<void> {
  for (const { sha256, fill } of objects) if (!store.has(sha256)) await store.add(sha256, fill);
}

export function keptIn(store: Store): FindKept {
  return async (sha256) => (store.has(sha256) ? store.path(sha256) : undefined);
}

/** Evidence that somebody else offers. */
export interface OfferedEvidence {
  readonly find: FindKept;
  /** Takes out of the store again what came in: for a run that came to nothing. */
  readonly takeBack: () => void;
}

/** What the store lacks is asked for, and taken in like any artifact: by its hash, and all of it together at most so large. */
export function keptOrOffered(store: Store, offered: ArtifactSource, most = MAX_OFFERED): OfferedEvidence {
  let left = most;
  const taken = new Set<string>();
  const find: FindKept = async (sha256) => {
    if (store.has(sha256)) return store.path(sha256);
    const onBytes = (count: number) => {
      left -= count;
    };
    try {
      await store.add(sha256, async (path) => {
        if (!(await offered(indexNamed(sha256, left), path, onBytes))) throw new NotThere();
      });
      taken.add(sha256);
      return store.path(sha256);
    } catch (cause) {
      if (cause instanceof NotThere) return undefined;
      throw cause;
    }
  };
  const takeBack = () => {
    for (const sha256 of taken) store.remove(sha256);
  };
  return { find, takeBack };
}

/**
 * As `keptIn`, and what the store lacks is asked of teammates on this network: by its hash, so that none of them can send anything else. What comes stays
 * here for the next one who asks.
 */
export function keptOrNearby(store: Store, nearby: () => Promise<ArtifactSource | undefined>): FindKept {
  let source: Promise<ArtifactSource | undefined> | undefined;
  const ask: ArtifactSource = async ({ size: _, ...artifact }, path, onBytes) => {
    source ??= nearby();
    return (await (await source)?.(artifact, path, onBytes)) ?? false;
  };
  return keptOrOffered(store, ask).find;
}

class NotThere extends Error {}

function indexNamed(sha256: string, size: number): Artifact {
  return {
    address: "index.kept",
    name: "kept",
    version: sha256.slice(0, 12),
    arch: "",
    sha256,
    size,
    urls: [],
    filename: sha256,
    origin: "",
    chain: { type: "recorded", evidence: [] },
    role: "install",
  };
}
