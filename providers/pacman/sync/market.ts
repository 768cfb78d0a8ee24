import { nearestFew } from "../../../schema/files/nearest.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Records } from "../../../schema/model/provider.ts";
import type { PacmanConfig } from "../machine/config.ts";
import { parseRelation } from "../relations.ts";
import { artifactOf, recordedArtifact } from "./artifact.ts";
import { cachedArtifact } from "./cache.ts";
import type { OfferedPackage } from "./database.ts";
import { type Databases, readDatabases, type Source, sourcesOf } from "./databases.ts";

/** Everything that the configured repositories offer, as questions that a resolution asks. */
export interface Market {
  readonly databases: Databases;
  /** What the repositories offer of a name, in their order, as far as it can be verified. */
  offers(name: string): readonly Artifact[];
  /** Whether a repository lists the name at all. */
  listed(name: string): boolean;
  /** Names of the packages that provide a virtual one. */
  providersOf(name: string): readonly string[];
  /** Names of the packages of a group. */
  membersOf(group: string): readonly string[];
  /** Names of packages that say that they replace this one. */
  replacersOf(name: string): readonly string[];
  /** The package of a version: as offered, as pacman's own lists had it before, as omg or pacman kept it. */
  build(name: string, version: string): Promise<Artifact | undefined>;
  nearest(name: string): readonly string[];
}

/** Errors: those of `readDatabases`. */
export async function openMarket(
  config: PacmanConfig,
  records: Records,
  sources: readonly Source[] = sourcesOf(config),
): Promise<Market> {
  const databases = await readDatabases(sources);
  const artifactsOf = (offered: readonly OfferedPackage[], from: readonly Source[]) =>
    offered.flatMap((each) => {
      const source = from.find(({ name }) => name === each.repository);
      return (source && artifactOf(each, source, config)) ?? [];
    });
  const offers = (name: string) => artifactsOf(databases.offersOf(name), sources);
  // What pacman's own lists say, where omg's are newer: what is installed often stands there still.
  const older = sourcesOf(config)
    .filter(({ name, folder }) => sources.some((source) => source.name === name && source.folder !== folder))
    .map((source) => ({ ...source, superseded: true as const }));
  let before: Promise<Databases> | undefined;
  const earlier = async (name: string) => {
    if (older.length === 0) return [];
    before ??= readDatabases(older);
    return artifactsOf((await before).offersOf(name), older);
  };
  const relating = (field: "provides" | "replaces") => (name: string) =>
    namesOf(databases.mentioning(name), (each) => each[field].some((text) => parseRelation(text).name === name));
  return {
    databases,
    offers,
    listed: (name) => databases.listed.has(name),
    providersOf: relating("provides"),
    membersOf: (group) => namesOf(databases.mentioning(group), ({ groups }) => groups.includes(group)),
    replacersOf: relating("replaces"),
    build: async (name, version) =>
      [...offers(name), ...(await earlier(name))].find((offer) => offer.version === version) ??
      recordedArtifact(records, name, version) ??
      (await cachedArtifact(config, name, version)),
    nearest: (name) => nearestFew(name, databases.listed.keys(), (each) => each),
  };
}

function namesOf(all: readonly OfferedPackage[], fits: (one: OfferedPackage) => boolean): readonly string[] {
  return [...new Set(all.filter(fits).map(({ name }) => name))].sort();
}
