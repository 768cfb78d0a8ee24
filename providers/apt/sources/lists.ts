import { decompressFile } from "../../../host/compression.ts";
import { forEachStanza, type Stanza } from "../../../host/deb822.ts";
import { compareDebianVersions } from "../../../host/debian-version.ts";
import type { AptConfig } from "../machine/config.ts";
import { parseProvides } from "../machine/relations.ts";
import { packageKey } from "../package-key.ts";
import { type IndexedPackage, indexedPackage } from "./indexed-package.ts";
import { type IndexTarget, readTargets } from "./targets.ts";

/** What the configured sources offer. All of it lies in memory (the unpacked lists); let go of it when done. */
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
  /** Every build of one index. */
  all(target: IndexTarget): IndexedPackage[];
}

type Architectures = Pick<AptConfig, "architecture" | "foreignArchitectures">;

interface Place {
  readonly stanza: Stanza;
  readonly target: IndexTarget;
}

/**
 * Reads every list: about 250 ms for Debian's main archive. Errors: those of `readTargets` and of `decompressFile`; a list
 * that is missing or damaged is an error, never an empty one.
 */
export async function openLists(config: AptConfig): Promise<AptLists> {
  const { fetched, unfetched } = await readTargets(config);
  const loaded = await Promise.all(
    fetched.map(async (target) => ({ target, bytes: await decompressFile(target.file) })),
  );
  return listsOver(loaded, unfetched, config);
}

/** The same over lists that were unpacked already. Pure. */
function listsOver(
  loaded: readonly { readonly target: IndexTarget; readonly bytes: Buffer }[],
  unfetched: readonly string[],
  architectures: Architectures,
): AptLists {
  const places = new Map<string, Place[]>();
  for (const { target, bytes } of loaded) addPlaces(places, target, bytes, architectures);
  let provisions: Map<string, Place[]> | undefined;
  return {
    targets: loaded.map(({ target }) => target),
    unfetched,
    versionsOf: (key) => (places.get(key) ?? []).map(toPackage).sort(newestFirst),
    providersOf: (name) => {
      provisions ??= provisionsIn(places);
      return (provisions.get(name) ?? []).map(toPackage);
    },
    keys: () => places.keys(),
    has: (key) => places.has(key),
    all: (target) => readIndex(loaded.find((each) => each.target === target)?.bytes ?? Buffer.alloc(0), target, "all"),
  };
}

/** The builds of one unpacked index, those of the wanted names alone or all of them. Pure. */
function readIndex(bytes: Buffer, target: IndexTarget, wanted: ReadonlySet<string> | "all"): IndexedPackage[] {
  const found: IndexedPackage[] = [];
  forEachStanza(bytes, (stanza) => {
    if (wanted === "all" || wanted.has(stanza.get("Package") ?? "")) found.push(indexedPackage(stanza, target));
  });
  return found;
}

/** Packages of architectures that the machine has not been told of are passed over; an index without a fixed one may have them. */
function addPlaces(places: Map<string, Place[]>, target: IndexTarget, bytes: Buffer, of: Architectures): void {
  const known = new Set([of.architecture, "all", ...of.foreignArchitectures]);
  forEachStanza(bytes, (stanza) => {
    const arch = stanza.get("Architecture") ?? "";
    const name = stanza.get("Package");
    if (name !== undefined && known.has(arch))
      append(places, packageKey(name, arch, of.architecture), { stanza, target });
  });
}

function provisionsIn(places: ReadonlyMap<string, readonly Place[]>): Map<string, Place[]> {
  const provisions = new Map<string, Place[]>();
  for (const place of [...places.values()].flat()) {
    const provides = place.stanza.get("Provides");
    if (provides === undefined) continue;
    for (const { name } of parseProvides(provides)) append(provisions, name, place);
  }
  return provisions;
}

function append<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

function toPackage({ stanza, target }: Place): IndexedPackage {
  return indexedPackage(stanza, target);
}

function newestFirst(a: IndexedPackage, b: IndexedPackage): number {
  return compareDebianVersions(b.version, a.version);
}
