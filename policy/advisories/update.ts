import { randomBytes } from "node:crypto";
import { closeSync, fchmodSync, fsyncSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { withoutCredentials } from "../../host/address.ts";
import { makeFolder, replaceThrough } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import { type DatabaseFolder, databaseName, openDatabase } from "./database.ts";
import { type ReadDump, readDump } from "./dump.ts";
import { type Asking, type FetchedDump, fetchDump } from "./fetch.ts";
import type { DatabaseFacts } from "./layout.ts";

export interface UpdateOptions {
  /** Where the database is kept. */
  readonly folder: DatabaseFolder;
  readonly now: Date;
  /** Take a dump that is older or much smaller than what is here. */
  readonly force: boolean;
  readonly asking: Asking;
}

/** What became of one dump. */
export interface Updated {
  readonly outcome: "updated" | "unchanged";
  readonly facts: DatabaseFacts;
  /** Bytes of the database. */
  readonly bytes: number;
}

const HOUR_MS = 3_600_000;

/** A dump with less than this part of the records that are here has lost some, or somebody took them out. */
const SMALLEST_PART = 0.8;

/**
 * Fetches a dump and puts a database in the place of the one that is here, in one step. `ecosystem`: what it is expected to be
 * about; then the server is asked only for what has changed.
 * @throws OmgError `advisories-unreachable`, `archive-damaged`, `dump-unreadable`, `dump-unexpected`, `dump-older`, `dump-smaller`
 */
export async function updateDatabase(
  address: string,
  ecosystem: string | undefined,
  options: UpdateOptions,
): Promise<Updated> {
  const { folder, asking } = options;
  makeFolder(folder.path);
  removeLeftovers(folder.path);
  const here = ecosystem === undefined ? undefined : factsIn(folder, ecosystem);
  const known = here?.from === address && !options.force ? here : {};
  const temporary = join(folder.path, `.omg-${randomBytes(8).toString("hex")}.dump`);
  try {
    const fetched = await fetchDump(address, temporary, known, asking);
    if (fetched === "unchanged" && here !== undefined) return unchanged(folder, here);
    if (fetched === "unchanged") throw unexpected(address, "the server says that it is unchanged, and none is here");
    return store(address, ecosystem, fetched, readDump(temporary, options.now), options);
  } catch (cause) {
    throw named(cause, temporary, address);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** What an update that was killed has left there; one that is under way has written within the hour. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (!/^\.omg-[0-9a-f]{16}\.(?:dump|tmp)$/.test(name)) continue;
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined && Date.now() - found.mtimeMs > HOUR_MS) rmSync(path, { force: true });
  }
}

function store(
  address: string,
  expected: string | undefined,
  fetched: FetchedDump,
  dump: ReadDump,
  { folder, now, force }: UpdateOptions,
): Updated {
  const { ecosystem, records, unreadable, collection } = dump;
  if (expected !== undefined && ecosystem !== expected)
    throw unexpected(address, `it is about ${ecosystem}, and ${expected} was asked for`);
  const { etag, lastModified } = fetched;
  const facts: DatabaseFacts = {
    ecosystem,
    date: dateOf(dump, fetched, now).toISOString(),
    fetched: now.toISOString(),
    from: address,
    sha256: fetched.sha256,
    records,
    unreadable,
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
  const here = factsIn(folder, ecosystem);
  if (here !== undefined && !force) refuseStepBack(address, facts, here);
  const path = join(folder.path, databaseName(ecosystem));
  const pieces = collection.encode(facts);
  replaceThrough(path, (place) => writePieces(place, pieces));
  return { outcome: here?.sha256 === facts.sha256 ? "unchanged" : "updated", facts, bytes: statSync(path).size };
}

/** The newest change in it; where its records bear no dates, what the server says, and else now. Never in the future. */
function dateOf({ newest }: ReadDump, { lastModified }: FetchedDump, now: Date): Date {
  const said = Date.parse(lastModified ?? "");
  return new Date(Math.min(newest ?? (Number.isNaN(said) ? now.getTime() : said), now.getTime()));
}

function refuseStepBack(address: string, found: DatabaseFacts, here: DatabaseFacts): void {
  if (Date.parse(found.date) < Date.parse(here.date))
    throw stepBack("dump-older", address, `is of ${found.date}, and the database that is here is of ${here.date}`);
  if (found.records < here.records * SMALLEST_PART)
    throw stepBack(
      "dump-smaller",
      address,
      `has ${found.records} records, and the database that is here has ${here.records}`,
    );
}

function writePieces(path: string, pieces: readonly Buffer[]): void {
  const fd = openSync(path, "wx", 0o600);
  try {
    for (const piece of batched(pieces)) for (let at = 0; at < piece.length; ) at += writeSync(fd, piece, at);
    fchmodSync(fd, 0o644);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A few large writes instead of one for each package. */
function* batched(pieces: readonly Buffer[]): Generator<Buffer> {
  let batch: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    batch.push(piece);
    bytes += piece.length;
    if (bytes < 1 << 22) continue;
    yield Buffer.concat(batch);
    batch = [];
    bytes = 0;
  }
  yield Buffer.concat(batch);
}

function factsIn(folder: DatabaseFolder, ecosystem: string): DatabaseFacts | undefined {
  const database = openDatabase([folder], ecosystem);
  database?.close();
  return database?.facts;
}

function unchanged(folder: DatabaseFolder, facts: DatabaseFacts): Updated {
  return { outcome: "unchanged", facts, bytes: statSync(join(folder.path, databaseName(facts.ecosystem))).size };
}

/** What is wrong with a dump is said of its address, and not of the file that it was read from. */
function named(cause: unknown, path: string, address: string): unknown {
  if (!(cause instanceof OmgError) || !cause.message.includes(path)) return cause;
  const { code, exit, state, hint, details, message } = cause;
  return new OmgError({
    code,
    exit,
    message: message.replaceAll(path, withoutCredentials(address)),
    ...(state === undefined ? {} : { state }),
    ...(hint === undefined ? {} : { hint }),
    details,
    cause,
  });
}

function unexpected(address: string, reason: string): OmgError {
  return new OmgError({
    code: "dump-unexpected",
    exit: "error",
    message: `${withoutCredentials(address)} is not the list that was asked for: ${reason}.`,
    state: "The database is as it was.",
    hint: "Look at [advisories] in config.toml.",
  });
}

function stepBack(code: "dump-older" | "dump-smaller", address: string, reason: string): OmgError {
  return new OmgError({
    code,
    exit: "refused",
    message: `The dump of ${withoutCredentials(address)} ${reason}.`,
    state: "The database is as it was.",
    hint: "Somebody may keep newer entries from you. Ask another mirror; --force takes it all the same.",
  });
}
