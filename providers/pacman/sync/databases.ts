import { statSync } from "node:fs";
import type { PacmanConfig, Repository } from "../machine/config.ts";
import { databaseFile, type Listed, type OfferedPackage, offeredIn, readDatabase } from "./database.ts";

/** A repository with the folder that its newest database lies in. */
export interface Source extends Repository {
  /** As `PacmanConfig.database`. */
  readonly folder: string;
  /** Its database is old on purpose: of a snapshot's day, or there is a newer one beside it. */
  readonly superseded?: true;
}

/** Which versions the repositories have. */
export interface Listing {
  /** Names of repositories that were never fetched. */
  readonly missing: readonly string[];
  /** By name of the package, in the order of the repositories. */
  readonly listed: ReadonlyMap<string, readonly Listed[]>;
}

/** Every package of every repository that was fetched, repositories in pacman's order. */
export interface Databases extends Listing {
  readonly sources: readonly Source[];
  /** What the repositories say of a name, in their order. */
  offersOf(name: string): readonly OfferedPackage[];
  /** What has a word anywhere in its description: much quicker than to read all of them. Without a word, everything. */
  mentioning(word: string): readonly OfferedPackage[];
}

/**
 * Where each repository's newest database lies: pacman's own, or omg's, which is refreshed without touching pacman's. System
 * errors pass.
 */
export function sourcesOf(config: PacmanConfig, own?: string): readonly Source[] {
  return config.repositories.map((repository) => {
    const folders = [config.database, ...(own === undefined ? [] : [own])];
    const newest = folders.reduce((best, folder) =>
      ageOf(folder, repository.name) > ageOf(best, repository.name) ? folder : best,
    );
    return { ...repository, folder: newest };
  });
}

/** Reads all of them; 15,000 packages take about 200 ms. Errors: those of `readDatabase`. */
export async function readDatabases(sources: readonly Source[]): Promise<Databases> {
  const read = await Promise.all(sources.map(({ folder, name }) => readDatabase(folder, name)));
  const listed = byName(read.flatMap((entries) => entries ?? []));
  return {
    sources,
    missing: sources.filter((_, index) => read[index] === undefined).map(({ name }) => name),
    listed,
    offersOf: (name) => (listed.get(name) ?? []).flatMap(offeredIn),
    mentioning: (word) => {
      const found: OfferedPackage[] = [];
      for (const entries of listed.values())
        for (const entry of entries) if (entry.content.includes(word)) found.push(...offeredIn(entry));
      return found;
    },
  };
}

/** In the order in which they come. Pure. */
export function byName<T extends Listed>(entries: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const entry of entries) {
    const known = found.get(entry.name);
    if (known === undefined) found.set(entry.name, [entry]);
    else known.push(entry);
  }
  return found;
}

/** Milliseconds since 1970; 0 where there is none. */
function ageOf(folder: string, repository: string): number {
  return statSync(databaseFile(folder, repository), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
