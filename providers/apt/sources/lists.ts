import { compareDebianVersions } from "../../../host/debian-version.ts";
import { type ListEntry, type PackageList, sharedPackageList } from "../../../host/package-list/index.ts";
import type { AptConfig } from "../machine/config.ts";
import { packageKey, splitKey } from "../package-key.ts";
import { type IndexedPackage, indexedPackage } from "./indexed-package.ts";
import { type IndexTarget, readTargets } from "./targets.ts";

/** What the configured sources offer. */
export interface AptLists {
  readonly targets: readonly IndexTarget[];
  /** Names of indexes of the configured sources that were never fetched: what they offer is not known. */
  readonly unfetched: readonly string[];
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

interface OpenList {
  readonly target: IndexTarget;
  readonly list: PackageList;
}

/**
 * Opens every list. One that changed since the last time is unpacked and gone through, some 400 ms for Debian's main archive;
 * otherwise that takes a few. Errors: those of `readTargets` and of `sharedPackageList`; a list that is missing or damaged is an
 * error, never an empty one.
 */
export async function openLists(config: AptConfig): Promise<AptLists> {
  const { fetched, unfetched } = await readTargets(config);
  const open: OpenList[] = [];
  // One after the other: several at once would only need more memory.
  for (const target of fetched) open.push({ target, list: await sharedPackageList(target.file, config.cache) });
  return listsOver(open, unfetched, config);
}

type Architectures = Pick<AptConfig, "architecture" | "foreignArchitectures">;

/** Packages of architectures that the machine has not been told of are passed over; an index without a fixed one may have them. */
function listsOver(
  open: readonly OpenList[],
  unfetched: readonly string[],
  { architecture: native, foreignArchitectures }: Architectures,
): AptLists {
  const known = new Set([native, "all", ...foreignArchitectures]);
  const keyOf = ({ name, arch }: ListEntry) => packageKey(name, arch, native);
  const entriesOf = (list: PackageList, key: string) =>
    list.entries(splitKey(key, native).name).filter((entry) => known.has(entry.arch) && keyOf(entry) === key);
  return {
    targets: open.map(({ target }) => target),
    unfetched,
    versionsOf: (key) =>
      open
        .flatMap(({ list, target }) => entriesOf(list, key).map((entry) => toPackage(entry, target)))
        .sort(newestFirst),
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
