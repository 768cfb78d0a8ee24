import type { Artifact } from "../schema/model/artifact.ts";
import type { LicenseFinding } from "../schema/model/license.ts";
import type { Provider } from "../schema/model/provider.ts";

/** Asks each artifact's own provider. One that cannot tell any license says so. */
export function licensesThrough(providers: readonly Provider[]) {
  return async (
    artifacts: readonly Artifact[],
    pathOf: (sha256: string) => string | undefined,
  ): Promise<readonly (LicenseFinding | undefined)[]> => {
    const found = new Map<Artifact, LicenseFinding | undefined>();
    for (const provider of providers) {
      const own = artifacts.filter(({ address }) => address.startsWith(`${provider.name}.`));
      const findings = own.length === 0 ? [] : ((await provider.licensesOf?.(own, pathOf)) ?? own.map(untold));
      for (const [index, artifact] of own.entries()) found.set(artifact, findings[index]);
    }
    return artifacts.map((artifact) => found.get(artifact));
  };
}

function untold({ address }: Artifact): LicenseFinding {
  return { basis: "unknown", detail: `Nothing here can tell the license of ${address}.` };
}
