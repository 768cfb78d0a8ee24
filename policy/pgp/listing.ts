import { createHash } from "node:crypto";
import { decompressedPieces } from "../../host/compression.ts";
import { forEachRecord } from "../../host/deb822-records.ts";
import { wholeStanzas } from "../../host/deb822-stream.ts";
import { Refusal } from "./finding.ts";
import type { ListedFile, Release } from "./release.ts";

/** A Packages file on the disk. */
export interface ReleasedIndex {
  readonly path: string;
  /** Its name in the Release file. */
  readonly key: string;
}

/** What an index says about one package: enough to recognise an artifact. */
export interface Listing {
  readonly version: string;
  readonly arch: string;
  readonly sha256: string;
}

/** A Packages file that a Release file vouches for, as far as it was asked. */
export interface VerifiedIndex {
  /** Hex SHA-256 of the uncompressed file. */
  readonly sha256: string;
  /** Every listing of the names that were wanted. */
  readonly listings: ReadonlyMap<string, readonly Listing[]>;
}

/**
 * Reads a Packages file, in any compression, compares it with the Release file and takes the listings of `names` out of
 * the very bytes that are hashed, a part at a time.
 * @throws Refusal `index-not-listed`, `index-mismatch`, `unreadable`.
 */
export async function readIndex(
  release: Release,
  index: ReleasedIndex,
  names: ReadonlySet<string>,
): Promise<VerifiedIndex> {
  listedAs(release, index);
  const hash = createHash("sha256");
  const listings = new Map<string, Listing[]>();
  let size = 0;
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const piece of decompressedPieces(index.path)) {
      hash.update(piece);
      size += piece.length;
      yield piece;
    }
  }
  try {
    for await (const part of wholeStanzas(hashed())) addListings(listings, part, names);
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    throw new Refusal("unreadable", `${index.path} could not be read: ${reason}`);
  }
  const sha256 = hash.digest("hex");
  refuseOtherIndex(release, index, { sha256, size });
  return { sha256, listings };
}

/** @throws Refusal `index-not-listed`, `index-mismatch` where the Release file names other bytes */
export function refuseOtherIndex(release: Release, index: ReleasedIndex, found: ListedFile): void {
  const listed = listedAs(release, index);
  if (found.size === listed.size && found.sha256 === listed.sha256) return;
  const detail = `${index.path} is not the ${index.key} that the Release file names: it has ${found.size} bytes and SHA-256 ${found.sha256}, not ${listed.size} and ${listed.sha256}.`;
  throw new Refusal("index-mismatch", detail, { index: found.sha256 });
}

function listedAs(release: Release, { key }: ReleasedIndex): ListedFile {
  const listed = release.files.get(key);
  if (listed === undefined) throw new Refusal("index-not-listed", `The signed Release file does not list ${key}.`);
  return listed;
}

const FIELDS: ReadonlySet<string> = new Set(["package", "version", "architecture", "sha256"]);

function addListings(found: Map<string, Listing[]>, part: Buffer, names: ReadonlySet<string>): void {
  forEachRecord(part, FIELDS, (record) => {
    const name = record.get("package");
    if (name === undefined || !names.has(name)) return;
    const listing = {
      version: record.get("version") ?? "",
      arch: record.get("architecture") ?? "",
      sha256: (record.get("sha256") ?? "").toLowerCase(),
    };
    found.set(name, [...(found.get(name) ?? []), listing]);
  });
}
