import { closeSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, writeAtomic, writeSoon } from "../host/files.ts";
import { openOwn, readOwn } from "../host/own-file.ts";
import { nearestFew } from "../schema/files/nearest.ts";
import type { Catalog } from "../schema/model/catalog.ts";
import { buildIndex, type Compare } from "./build.ts";
import { keptParts } from "./kept-parts.ts";
import { decodeIndex, isIndexOf, type Layout, type WholeLayout } from "./layout.ts";
import type { Shown } from "./record.ts";
import { type Found, lookUp, nameLines, namesIn, type Preferred, preferring, searchIn } from "./search.ts";

export type { Shown } from "./record.ts";

/** Everything that one provider could install. */
export interface PackageIndex {
  /** @param here names of what is installed, which comes first among what fits as well; called where anything was found */
  search(terms: readonly string[], limit: number, here?: () => ReadonlyMap<string, unknown>): Found;
  /** The package of exactly this name. */
  get(name: string): Shown | undefined;
  /** Names that a mistyped one may have meant, the nearest first. */
  nearest(name: string): readonly string[];
  /** Every name, in order. */
  names(): Iterable<string>;
}

export interface IndexPlace {
  /** The user's cache folder. */
  readonly folder: string;
  /** The provider's name: the index is `NAME-catalog`, and beside it lies `NAME-names`, one name a line, sorted, for shells. */
  readonly provider: string;
}

export const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Opens the index, and makes it again where it is missing, older than what it was made from, damaged, or somebody else's. A
 * folder that cannot be written costs time and nothing else. Errors: those of the catalog's `read`.
 */
export async function openIndex(place: IndexPlace, catalog: Catalog, compare: Compare): Promise<PackageIndex> {
  const files = filesOf(place);
  const known = openKeptIndex(place, catalog.key);
  if (known !== undefined && lstatSync(files.names, { throwIfNoEntry: false }) !== undefined) return known;
  const parts = keptParts(join(place.folder, `${place.provider}-catalog-parts`), catalog);
  const bytes = await buildIndex(catalog, compare, parts.partOf);
  const built = decodeIndex(bytes, catalog.key);
  if (built === undefined) throw new Error("the index that was just made cannot be read");
  keep(place, bytes, built);
  parts.forgetOthers();
  return over(built);
}

function openKeptIndex(place: IndexPlace, key: string): PackageIndex | undefined {
  const kept = readOwn(filesOf(place).index, MAX_BYTES);
  const layout = kept === undefined ? undefined : decodeIndex(kept, key);
  return layout === undefined ? undefined : over(layout);
}

/** Whether `openIndex` would find an index of this key, unless that is damaged. */
export function hasIndex(place: IndexPlace, key: string): boolean {
  const fd = openOwn(filesOf(place).index);
  if (fd === undefined) return false;
  try {
    return isIndexOf(fd, key);
  } finally {
    closeSync(fd);
  }
}

export type Installed = ReadonlyMap<string, unknown>;

/** What of an installed state is preferred in a search. */
interface Known {
  readonly of: Installed;
  readonly preferred: Preferred;
}

/** Answers from what lies in this layout, which stays as it is. */
export function over(layout: Layout, first?: Known): PackageIndex {
  let known = first;
  const preferredOf = (of: Installed): Preferred => {
    if (known?.of === of) return known.preferred;
    const { add, preferred } = preferring(layout);
    for (const name of of.keys()) add(name);
    known = { of, preferred };
    return preferred;
  };
  return {
    search: (terms, limit, here) => {
      let preferred: Preferred | undefined;
      return searchIn(layout, terms, limit, (row) => {
        preferred ??= here === undefined ? () => false : preferredOf(here());
        return preferred(row);
      });
    },
    get: (name) => lookUp(layout, name),
    nearest: (name) => nearestFew(name, namesIn(layout)),
    names: () => namesIn(layout),
  };
}

export function filesOf({ folder, provider }: IndexPlace): { readonly index: string; readonly names: string } {
  return { index: join(folder, `${provider}-catalog`), names: join(folder, `${provider}-names`) };
}

/** The names come first: where there is an index, they are there too. */
function keep(place: IndexPlace, bytes: Buffer, layout: WholeLayout): void {
  const files = filesOf(place);
  try {
    makeFolder(place.folder);
    writeAtomic(files.names, nameLines(layout));
    writeSoon(files.index, bytes);
  } catch {
    // the next search reads the lists again
  }
}
