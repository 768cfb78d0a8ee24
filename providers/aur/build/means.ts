import type { Artifact, BuildChain } from "../../../schema/model/artifact.ts";
import type { BuildMeans } from "../../../schema/model/provider.ts";
import type { FindMeans } from "../find.ts";
import type { AurSettings } from "../settings.ts";

/** Everything that builds need. */
export interface AllMeans extends FindMeans, BuildMeans {
  readonly settings: AurSettings;
  readonly repositories: string;
}

/** A package that is to come out of a build. */
export type ToBuild = Artifact & { readonly chain: BuildChain };
