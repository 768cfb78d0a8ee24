import { basename } from "node:path";
import { compareAlpmVersions } from "../../host/alpm-version.ts";
import type { Artifact, DebianChain, PacmanChain } from "../../schema/model/artifact.ts";
import { Refusal } from "./finding.ts";
import type { DatabaseListing } from "./pacman-database.ts";
import type { SeenRelease, SeenReleases } from "./seen.ts";

/** Takes a Release file for the newest of its source, unless a newer one was verified here before. @throws Refusal `release-older` */
export function refuseOlderRelease(
  seen: SeenReleases,
  chain: DebianChain,
  found: SeenRelease & { readonly date: string },
): void {
  // What is wanted as it was at a time, or was kept with the lock, is old on purpose.
  if (chain.asOf !== undefined || chain.kept !== undefined) return;
  const source = sourceOf(chain);
  const newest = seen.newest(source);
  if (newest?.date !== undefined && Date.parse(found.date) < Date.parse(newest.date)) {
    const what = `The Release file ${chain.release} is of ${minute(found.date)}`;
    throw older(what, `one of ${minute(newest.date)}`, newest, seen);
  }
  // Where any key will do, anybody's could set the date that all others are measured by.
  if (chain.bound) seen.note(source, found);
}

type Database = NonNullable<PacmanChain["database"]>;

/** What a repository's database says, and when it was signed; absent where nobody did. */
export interface FoundDatabase {
  readonly listing: DatabaseListing;
  /** Hex SHA-256. */
  readonly sha256: string;
  readonly signed?: Date;
}

/**
 * A repository's database has no date of its own. One that is signed is as old as its signature. Of one that is not, what can be told
 * is that a package went back to before a version that was verified here, which a repository never does by itself: packages may
 * go, and their versions only rise.
 * @throws Refusal `release-older`
 */
export function refuseOlderDatabase(seen: SeenReleases, database: Database, { listing, signed }: FoundDatabase): void {
  const newest = database.superseded ? undefined : seen.newest(repositoryOf(database));
  if (newest === undefined) return;
  const what = `The database ${database.path}`;
  if (signed !== undefined && newest.date !== undefined && signed.getTime() < Date.parse(newest.date))
    throw older(`${what} was signed at ${minute(signed.toISOString())}`, `one of ${minute(newest.date)}`, newest, seen);
  for (const [name, before] of Object.entries(newest.builds ?? {})) {
    const version = listing.versions.get(name);
    if (version !== undefined && compareAlpmVersions(version, before) < 0)
      throw older(`${what} lists ${name} ${version}`, `${name} ${before} of this repository`, newest, seen);
  }
}

/** Takes note of the database that a package was verified by, which nobody can make up. */
export function noteDatabase(
  seen: SeenReleases,
  database: Database,
  { sha256, signed }: FoundDatabase,
  { name, version }: Pick<Artifact, "name" | "version">,
): void {
  if (database.superseded) return;
  const date = signed === undefined ? {} : { date: signed.toISOString() };
  seen.note(repositoryOf(database), { ...date, release: sha256, builds: { [name]: version } });
}

function repositoryOf({ path }: Database): string {
  return `pacman:${basename(path, ".db")}`;
}

/** As apt calls the source in its lists: address and suite, wherever those lists lie. */
function sourceOf({ release }: DebianChain): string {
  return basename(release).replace(/_?(?:InRelease|Release)$/, "");
}

function older(what: string, seenBefore: string, newest: SeenRelease, { path }: SeenReleases): Refusal {
  const detail = `${what}, and ${seenBefore} was verified here before: somebody serves an old state of the archive. What was seen stands in ${path}.`;
  return new Refusal("release-older", detail, { seen: newest.release });
}

function minute(date: string): string {
  return `${date.slice(0, 16).replace("T", " ")} UTC`;
}
