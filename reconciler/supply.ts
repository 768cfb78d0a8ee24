import { download } from "../host/download.ts";
import { OmgError } from "../schema/error.ts";
import type { Artifact } from "../schema/model/artifact.ts";
import type { ArtifactSource } from "../schema/model/artifact-source.ts";
import type { Provider } from "../schema/model/provider.ts";
import type { Store } from "./store.ts";

/** Whom to ask for a provider's artifacts, in order: the provider's own suppliers, then the plain addresses. */
export async function suppliersOf(provider: Provider, signal: AbortSignal): Promise<readonly ArtifactSource[]> {
  return [...((await provider.suppliers?.({ signal })) ?? []), upstream(signal)];
}

/** Takes the artifact into the store from the first source that has it. Errors: those of the sources, `artifact-unreachable`. */
export async function obtain(
  artifact: Artifact,
  store: Store,
  sources: readonly ArtifactSource[],
  onBytes: (count: number) => void,
): Promise<void> {
  await store.add(artifact.sha256, async (path) => {
    for (const source of sources) if (await source(artifact, path, onBytes)) return;
    throw new OmgError({
      code: "artifact-unreachable",
      exit: "unreachable",
      message: `Nobody has ${artifact.address} ${artifact.version} (sha256 ${artifact.sha256}).`,
      state: "Nothing was changed.",
      hint: `Its source may have dropped this version: \`omg update ${artifact.name}\` pins a newer one.`,
    });
  });
}

/** The addresses that the package manager's own index gives. */
function upstream(signal: AbortSignal): ArtifactSource {
  return async ({ urls, sha256, size }, path, onBytes) => {
    if (urls.length === 0) return false;
    await download({ urls, sha256, ...(size === undefined ? {} : { size }) }, path, { signal, onBytes });
    return true;
  };
}
