import { nearestFew } from "../../../schema/files/nearest.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Records } from "../../../schema/model/provider.ts";
import { bareName } from "../names.ts";

/** Everything that the configured sources offer, as questions that a resolution asks. Keys as in package-key.ts. */
export interface Market {
  /** Every build that an index lists for this key, what apt prefers first. */
  offers(key: string): readonly Artifact[];
  /** Those of them that apt would install without being asked for the very version. */
  candidates(key: string): readonly Artifact[];
  /**
   * The version to take in the place of one that is handed out to some machines only, for now; undefined for a version that
   * is for all, and where there is no other.
   */
  settled(key: string, version: string): string | undefined;
  /** The record of apt's preferences that speaks for or against a version, for people; undefined where none does. */
  preference(key: string, version: string): string | undefined;
  /** Whether the build comes from a security source: one whose Release file has a Label, Suite or Codename that ends in `-security`. */
  fromSecurity(build: Artifact): boolean;
  /** Whether an index lists the key at all, with or without what it takes to verify it. */
  listed(key: string): boolean;
  /** Keys of the packages that provide a virtual one. */
  providersOf(name: string): readonly string[];
  /** Every key that is offered. */
  keys(): Iterable<string>;
}

/** Finds the build of a version, of one architecture or from one source where that matters. */
export type BuildFinder = (name: string, version: string, arch?: string, from?: string) => Artifact | undefined;

/** Builds in the indexes, what apt prefers first, and among what omg kept. */
export function buildsIn(market: Market, records: Records): BuildFinder {
  return (name, version, arch, from) => {
    const fits = (build: Artifact) =>
      (arch === undefined || build.arch === arch) && (from === undefined || build.origin === from);
    const recorded = recordedArtifact(records, name, version);
    const listed = market.offers(name).find((offer) => offer.version === version && fits(offer));
    return listed ?? (recorded !== undefined && (from === undefined || fits(recorded)) ? recorded : undefined);
  };
}

/** Whether apt would have to be told of the build, since no list on the machine has it. */
export function isUnlisted({ chain }: Artifact): boolean {
  return chain.type === "recorded" || (chain.type === "debian" && chain.kept === true);
}

/** A build that no index lists any more, but that omg verified once and still holds. */
export function recordedArtifact(records: Records, name: string, version: string): Artifact | undefined {
  const address = `apt.${name}` as const;
  const record = records.artifact(address, version);
  if (record === undefined || !records.stored(record.sha256)) return undefined;
  const { sha256, filename, origin, arch, size, control, advisory, evidence } = record;
  // Without these no repository could list it.
  if (size === undefined || control === undefined) return undefined;
  return {
    address,
    name,
    version,
    arch,
    sha256,
    size,
    urls: [],
    filename,
    origin,
    chain: { type: "recorded", evidence },
    role: "install",
    control,
    ...(advisory === undefined ? {} : { advisory }),
  };
}

/** Names of packages that look most like a mistyped one, the nearest first. */
export function nearestNames(name: string, market: Market): readonly string[] {
  return nearestFew(bareName(name), market.keys(), bareName);
}
