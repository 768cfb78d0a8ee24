import { digestOf } from "../../../host/canonical-json.ts";
import { compareDebianVersions } from "../../../host/debian-version.ts";
import { stampOf } from "../../../host/file-stamp.ts";
import { type ListEntry, type PackageList, sharedPackageList } from "../../../host/package-list/index.ts";
import type { AptConfig } from "../machine/config.ts";
import { packageKey, splitKey } from "../package-key.ts";
import { type IndexedPackage, indexedPackage } from "./indexed-package.ts";
import { type IndexTarget, type MissingTarget, readTargets, type Targets } from "./targets.ts";

/** What the configured sources offer. */
export interface AptLists {
  readonly targets: readonly IndexTarget[];
  /** Each with its list. */
  readonly open: readonly OpenList[];
  /** Names of indexes of the configured sources that were never fetched: what they offer is not known. */
  readonly unfetched: readonly string[];
  /** As `Targets` has them. */
  readonly missing: readonly MissingTarget[];
  /** Every build of a package by key (see package-key.ts), the newest first, of one version in apt's order of sources. */
  versionsOf(key: string): IndexedPackage[];
  /** Every build that provides a virtual name. */
  providersOf(name: string): IndexedPackage[];
  /** Keys of everything that is offered. */
  keys(): Iterable<string>;
  /** Whether any build is offered under this key. */
  has(key: string): boolean;
  /** Hex SHA-256 of the unpacked list of one of the targets. */
  digestOf(target: IndexTarget): string;
}

/** Names whose builds lie in memory. */
const LATELY = 4000;

export interface OpenList {
  readonly target: IndexTarget;
  readonly list: PackageList;
}

/** Where builds are found by name alone. */
type Listing = Pick<PackageList, "entries">;

/** As the last caller found them: `info`, `outdated` and what is installed look the same packages up in one run. */
let latest: { readonly key: string; readonly lists: AptLists } | undefined;

/**
 * Opens every list, once while nothing changes. One that changed since the last time is unpacked and gone through, some 400 ms for Debian's main archive;
 * otherwise that takes a few. Errors: those of `readTargets` and of `sharedPackageList`; a list that is missing or damaged is an
 * error, never an empty one.
 */
export async function openLists(config: AptConfig): Promise<AptLists> {
  const { fetched, ...absent } = await readTargets(config);
  const { architecture, foreignArchitectures, cache = null } = config;
  const stamps = fetched.map(({ file }) => stampOf(file));
  const key = digestOf({ fetched, absent, stamps, architecture, foreignArchitectures, cache });
  if (latest?.key === key) return latest.lists;
  const open: OpenList[] = [];
  // One after the other: several at once would only need more memory.
  for (const target of fetched) open.push({ target, list: await sharedPackageList(target.file, config.cache) });
  const lists = listsOver(open, absent, config);
  latest = { key, lists };
  return lists;
}

/** Of what may be installed here. */
export type Architectures = Pick<AptConfig, "architecture" | "foreignArchitectures">;

/** Entries of a package in a list. Those of architectures that the machine has not been told of are passed over; an index without a fixed one may have them. */
function finderFor({ architecture: native, foreignArchitectures }: Architectures) {
  const known = new Set([native, "all", ...foreignArchitectures]);
  const keyOf = ({ name, arch }: ListEntry) => packageKey(name, arch, native);
  const entriesOf = (list: Listing, key: string) =>
    list.entries(splitKey(key, native).name).filter((entry) => known.has(entry.arch) && keyOf(entry) === key);
  return { known, keyOf, entriesOf };
}

/** Looks builds up as `AptLists.versionsOf` does, anew each time. */
export function buildsIn(
  open: readonly { readonly target: IndexTarget; readonly list: Listing }[],
  architectures: Architectures,
): (key: string) => IndexedPackage[] {
  const { entriesOf } = finderFor(architectures);
  return (key) =>
    open.flatMap(({ list, target }) => entriesOf(list, key).map((entry) => toPackage(entry, target))).sort(newestFirst);
}

function listsOver(
  open: readonly OpenList[],
  { unfetched, missing }: Omit<Targets, "fetched">,
  architectures: Architectures,
): AptLists {
  const { known, keyOf, entriesOf } = finderFor(architectures);
  const read = buildsIn(open, architectures);
  // Of what is installed, several questions look the same up.
  const lately = new Map<string, readonly IndexedPackage[]>();
  return {
    targets: open.map(({ target }) => target),
    open,
    unfetched,
    missing,
    versionsOf: (key) => {
      const found = lately.get(key) ?? read(key);
      if (lately.size >= LATELY) lately.clear();
      lately.set(key, found);
      return [...found];
    },
    providersOf: (name) =>
      open.flatMap(({ list, target }) =>
        list.providers(name).flatMap((entry) => (known.has(entry.arch) ? [toPackage(entry, target)] : [])),
      ),
    keys: () => new Set(open.flatMap(({ list }) => [...list.all()].filter(({ arch }) => known.has(arch)).map(keyOf))),
    has: (key) => open.some(({ list }) => entriesOf(list, key).length > 0),
    digestOf: (target) => open.find((each) => each.target === target)?.list.sha256 ?? "",
  };
}

function toPackage(entry: ListEntry, target: IndexTarget): IndexedPackage {
  return indexedPackage(entry.stanza(), target);
}

function newestFirst(a: IndexedPackage, b: IndexedPackage): number {
  return compareDebianVersions(b.version, a.version);
}
