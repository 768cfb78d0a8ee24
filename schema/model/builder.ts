import type { Artifact, BuildChain } from "./artifact.ts";
import type { Change } from "./change.ts";
import type { Wanted } from "./desired.ts";
import type { PackageRequest } from "./lock.ts";
import type { BuildMeans, PinProposal, PinUpdate } from "./provider.ts";
import type { Problem } from "./transaction.ts";

/** What a builder has to know to pin what a lock asks for. */
export interface BuilderPinning {
  readonly requests: Readonly<Record<string, PackageRequest>>;
  /** What the lock wants of this source and has pins for, dependencies too. */
  readonly wanted: readonly Wanted[];
  /** What to resolve anew within the requests; absent: nothing. */
  readonly update?: PinUpdate;
  /** Whether a repository can meet a relation such as `omg-lib>=1.0`. */
  readonly isOffered: (relation: string) => boolean;
  /** Whether something that is installed meets it. */
  readonly isMet: (relation: string) => boolean;
}

/** Pins, and what each of them means as something to install. */
export interface BuilderPins {
  readonly pins: readonly PinProposal[];
  /** Not built, with what it takes to build them among their relations. */
  readonly artifacts: readonly Artifact[];
  readonly notes: readonly string[];
}

/** What a pinned version is to be had as. */
export interface Findings {
  /** Packages that were built from it, by their hex SHA-256, the best first; whether the bytes are there was not looked at. */
  readonly built: readonly { readonly sha256: string; readonly chain: BuildChain }[];
  /** As what it would be built. Errors: OmgError for what cannot be reached. */
  toBuild(): Promise<Artifact | Problem>;
}

/**
 * Where a package manager gets what no repository has: recipes that are built here. It installs nothing: what it makes is a package
 * like any other, and the package manager's from then on.
 */
export interface PackageBuilder {
  /** Errors: OmgError for what cannot be reached, found or accepted. */
  pin(input: BuilderPinning): Promise<BuilderPins>;
  /** `change`: with the pin that says what to build from. */
  find(change: Change): Promise<Findings>;
  /** As `Provider.build`. `isMet`: whether a relation is met by what is installed. */
  build(artifacts: readonly Artifact[], isMet: (relation: string) => boolean, means: BuildMeans): Promise<number>;
}
