import { decompressFile } from "../../host/compression.ts";
import { forEachStanza } from "../../host/deb822.ts";
import { sha256 } from "../../host/digest.ts";
import { Refusal } from "./finding.ts";
import type { Release } from "./release.ts";

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
 * the very bytes that were hashed.
 * @throws Refusal `index-not-listed`, `index-mismatch`, `unreadable`.
 */
export async function readIndex(
  release: Release,
  index: { readonly path: string; readonly key: string },
  names: ReadonlySet<string>,
): Promise<VerifiedIndex> {
  const listed = release.files.get(index.key);
  if (listed === undefined)
    throw new Refusal("index-not-listed", `The signed Release file does not list ${index.key}.`);
  const bytes = await decompressFile(index.path).catch((fault: unknown) => {
    throw new Refusal(
      "unreadable",
      `${index.path} could not be read: ${fault instanceof Error ? fault.message : String(fault)}`,
    );
  });
  const digest = sha256(bytes);
  if (bytes.length !== listed.size || digest !== listed.sha256) {
    const detail = `${index.path} is not the ${index.key} that the Release file names: it has ${bytes.length} bytes and SHA-256 ${digest}, not ${listed.size} and ${listed.sha256}.`;
    throw new Refusal("index-mismatch", detail, { index: digest });
  }
  return { sha256: digest, listings: listingsOf(bytes, names) };
}

function listingsOf(bytes: Buffer, names: ReadonlySet<string>): Map<string, Listing[]> {
  const found = new Map<string, Listing[]>();
  forEachStanza(bytes, (stanza) => {
    const name = stanza.get("Package");
    if (name === undefined || !names.has(name)) return true;
    const listing = {
      version: stanza.get("Version") ?? "",
      arch: stanza.get("Architecture") ?? "",
      sha256: (stanza.get("SHA256") ?? "").toLowerCase(),
    };
    found.set(name, [...(found.get(name) ?? []), listing]);
    return true;
  });
  return found;
}
