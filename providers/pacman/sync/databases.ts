import { statSync } from "node:fs";
import type { PacmanConfig, Repository } from "../machine/config.ts";
import { databaseFile, type OfferedPackage, readDatabase } from "./database.ts";

/** A repository with the folder that its newest database lies in. */
export interface Source extends Repository {
  /** As `PacmanConfig.database`. */
  readonly folder: string;
  /** Its database is old on purpose: of a snapshot's day, or there is a newer one beside it. */
  readonly superseded?: true;
}

/** Every package of every repository that was fetched, repositories in pacman's order. */
export interface Databases {
  readonly sources: readonly Source[];
  /** Names of repositories that were never fetched. */
  readonly missing: readonly string[];
  /** By name of the package, in the order of the repositories. */
  readonly offers: ReadonlyMap<string, readonly OfferedPackage[]>;
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
  const offers = new Map<string, OfferedPackage[]>();
  for (const found of read.flatMap((packages) => packages ?? [])) {
    const known = offers.get(found.name);
    if (known === undefined) offers.set(found.name, [found]);
    else known.push(found);
  }
  return { sources, missing: sources.filter((_, index) => read[index] === undefined).map(({ name }) => name), offers };
}

/** Milliseconds since 1970; 0 where there is none. */
function ageOf(folder: string, repository: string): number {
  return statSync(databaseFile(folder, repository), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
