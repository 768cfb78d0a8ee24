import { OmgError } from "../schema/error.ts";
import type { Artifact } from "../schema/model/artifact.ts";
import type { ArtifactSource } from "../schema/model/artifact-source.ts";
import { sideBySide } from "./side-by-side.ts";
import type { Store } from "./store.ts";

/** More than of one mirror: there may be several of them, and they are near. */
const AT_ONCE = 12;

interface Wanted {
  readonly scope: { readonly store: Store };
  readonly artifact: Artifact;
}

/**
 * Takes what teammates on this network have, several at a time. What is about to be replaced is not asked for: no lock of theirs names it.
 * `onBytes` as sources have it; `onDone` after each that is here.
 * @returns what is left to its own sources; bytes of it that came are kept for them
 * Errors: OmgError `interrupted`, `disk-full`.
 */
export async function takeNearby<T extends Wanted>(
  wanted: readonly T[],
  nearby: ArtifactSource,
  onBytes: (artifact: Artifact) => (count: number) => void,
  onDone: (artifact: Artifact) => void,
): Promise<readonly T[]> {
  const take = async ({ artifact, scope: { store } }: T): Promise<boolean> => {
    if (artifact.role !== "install") return false;
    const tell = onBytes(artifact);
    try {
      await store.add(artifact.sha256, async (path) => {
        if (!(await nearby(artifact, path, tell))) throw nobodyNear(artifact);
      });
    } catch (cause) {
      if (cause instanceof OmgError && cause.code === "artifact-unreachable") return false;
      throw cause;
    }
    onDone(artifact);
    return true;
  };
  const limits = { overall: AT_ONCE, each: AT_ONCE };
  const here = await sideBySide(wanted, { keyOf: () => "", limits, act: take, goesOn: () => true });
  return wanted.filter((_, index) => here[index] !== true);
}

function nobodyNear({ address, version }: Artifact): OmgError {
  return new OmgError({
    code: "artifact-unreachable",
    exit: "unreachable",
    message: `No teammate on this network has ${address} ${version}.`,
    state: "What had come of it is kept.",
  });
}
