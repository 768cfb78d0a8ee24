import { closeSync } from "node:fs";
import { Stanza } from "../../../host/deb822.ts";
import { compareDebianVersions } from "../../../host/debian-version.ts";
import { type KeptText, openKeptText, readText } from "../../../host/package-list/index.ts";
import type { OfferShelf, Offers, ShelfReader } from "../../../schema/model/inventory.ts";
import type { AptConfig } from "../machine/config.ts";
import { candidatesOf } from "../offers/candidates.ts";
import { type PinRecord, readPreferences } from "../offers/preferences.ts";
import { packageKey } from "../package-key.ts";
import { indexedPackage } from "../sources/indexed-package.ts";
import { openLists } from "../sources/lists.ts";
import type { IndexTarget } from "../sources/targets.ts";
import { offered } from "./offered.ts";

interface About {
  readonly architecture: string;
  readonly lists: readonly { readonly target: IndexTarget; readonly text: KeptText }[];
  readonly records: readonly PinRecord[];
}

/**
 * Of each package that the lists have, where its builds stand in them: three numbers each, of the list, and of the first byte and the length
 * there. Undefined where apt itself has to be asked what it would take, or where texts of lists are not kept. Errors: those of `openLists`.
 */
export async function shelfOf(config: AptConfig): Promise<OfferShelf | undefined> {
  const { architecture, foreignArchitectures } = config;
  const preferences = readPreferences(config);
  const { open } = await openLists(config);
  const lists = open.flatMap(({ target, list }) => (list.kept === undefined ? [] : [{ target, text: list.kept }]));
  const isPlain = candidatesOf({ lists: { versionsOf: () => [] }, architecture }, preferences) !== undefined;
  if (!isPlain || lists.length < open.length) return undefined;
  const known = new Set([architecture, "all", ...foreignArchitectures]);
  const entries = new Map<string, string>();
  for (const [number, { list }] of open.entries()) {
    for (const { name, arch, start, length } of list.all()) {
      if (!known.has(arch)) continue;
      const key = packageKey(name, arch, architecture);
      const before = entries.get(key);
      const place = `${number} ${start} ${length}`;
      entries.set(key, before === undefined ? place : `${before} ${place}`);
    }
  }
  return { about: { architecture, lists, records: preferences.records } satisfies About, entries };
}

/** Reads what `shelfOf` noted, as `offersOf` has it of packages that are not here. Undefined where a list is no longer what it was. */
export function openShelf(about: unknown): ShelfReader | undefined {
  const { architecture, lists, records } = about as About;
  const opened = lists.map(({ text }) => openKeptText(text));
  const close = () => {
    for (const fd of opened) if (fd !== undefined) closeSync(fd);
  };
  if (opened.every((fd) => fd !== undefined))
    return {
      offers: (name, entry) => offersAt(name, buildsAt(entry, lists, opened), { architecture, records }),
      close,
    };
  close();
  return undefined;
}

type Builds = ReturnType<typeof buildsAt>;

function buildsAt(entry: string, lists: About["lists"], opened: readonly number[]) {
  const numbers = entry.split(" ").map(Number);
  return Array.from({ length: numbers.length / 3 }, (_, index) => {
    const [list = 0, start = 0, length = 0] = numbers.slice(3 * index);
    const { target } = lists[list] as About["lists"][number];
    return indexedPackage(new Stanza(readText(opened[list] as number, start, length), 0, length), target);
  }).sort((a, b) => compareDebianVersions(b.version, a.version));
}

function offersAt(
  key: string,
  builds: Builds,
  { architecture, records }: Pick<About, "architecture" | "records">,
): Offers {
  const candidates = candidatesOf({ lists: { versionsOf: () => builds }, architecture }, { records, unsupported: [] });
  return { ...offered(key, candidates?.versions(key, undefined) ?? [], undefined), providers: [] };
}
