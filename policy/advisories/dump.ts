import { readRegular, startOf } from "../../host/files.ts";
import { looksLikeZip, zipFiles } from "../../host/zip.ts";
import { OmgError } from "../../schema/error.ts";
import { readTrackerRecord } from "../arch-tracker/record.ts";
import { readOsvRecord } from "../osv/record.ts";
import { type Collection, createCollection } from "./collect.ts";

/** A dump, read whole. */
export interface ReadDump {
  readonly collection: Collection;
  /** What it is about: `Debian`, `Arch`. */
  readonly ecosystem: string;
  readonly records: number;
  readonly unreadable: number;
  /** Milliseconds since 1970: the newest change that a record bears; absent where its list dates none. */
  readonly newest?: number;
}

/** Many times what the largest ecosystem has. */
const LIMITS = { entries: 2_000_000, entryBytes: 64 * 1024 * 1024, totalBytes: 8 * 2 ** 30 };
const MAX_TRACKER_BYTES = 256 * 1024 * 1024;

/** Of a thousand records one may be none that omg can read; a dump with more of them is something else, or damaged. */
const MOST_UNREADABLE = 0.001;

/**
 * Reads OSV's `all.zip` of one ecosystem, or the Arch tracker's `all.json`: what a file is, it says itself. Records in the
 * future of `now` do not make it any newer.
 * @throws OmgError `archive-damaged`, `dump-unreadable`; system errors pass
 */
export function readDump(path: string, now: Date): ReadDump {
  return looksLikeZip(startOf(path, 4)) ? readOsvDump(path, now) : readTrackerDump(path);
}

function readOsvDump(path: string, now: Date): ReadDump {
  const collection = createCollection();
  const seen = { records: 0, unreadable: 0, newest: 0 };
  for (const { entry, bytes } of zipFiles(path, LIMITS)) {
    if (!entry.name.endsWith(".json")) continue;
    const record = readOsvRecord(parsed(bytes));
    if (record === undefined) seen.unreadable += 1;
    else {
      seen.records += 1;
      if (!record.withdrawn) collection.add(record);
      const modified = Date.parse(record.modified ?? "");
      if (modified <= now.getTime()) seen.newest = Math.max(seen.newest, modified);
    }
  }
  const { newest, ...counts } = seen;
  return finished(path, collection, counts, newest === 0 ? {} : { newest });
}

function readTrackerDump(path: string): ReadDump {
  const groups = parsed(readRegular(path, MAX_TRACKER_BYTES));
  if (!Array.isArray(groups)) throw unreadable(path, "it is neither OSV's archive nor the Arch tracker's list");
  const collection = createCollection();
  const seen = { records: 0, unreadable: 0 };
  for (const group of groups) {
    const record = readTrackerRecord(group);
    if (record === undefined) seen.unreadable += 1;
    else {
      seen.records += 1;
      collection.add(record);
    }
  }
  return finished(path, collection, seen, {});
}

function finished(
  path: string,
  collection: Collection,
  seen: Pick<ReadDump, "records" | "unreadable">,
  date: Pick<ReadDump, "newest">,
): ReadDump {
  const ecosystem = collection.ecosystem();
  if (ecosystem === undefined) throw unreadable(path, "it is about no package");
  if (seen.unreadable > Math.max(1, seen.records * MOST_UNREADABLE))
    throw unreadable(path, `${seen.unreadable} of its ${seen.records + seen.unreadable} records cannot be read`);
  return { collection, ecosystem, ...seen, ...date };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function unreadable(path: string, reason: string): OmgError {
  return new OmgError({
    code: "dump-unreadable",
    exit: "error",
    message: `${path} is no list of vulnerabilities that omg can read: ${reason}.`,
    state: "The database is as it was.",
    hint: "Fetch it again, or take it from its publisher.",
  });
}
