import { type KeptList, type KeptText, openKeptList } from "../../../host/package-list/index.ts";
import type { OfferShelf, Offers, ShelfReader } from "../../../schema/model/inventory.ts";
import type { AptConfig } from "../machine/config.ts";
import { candidatesOf } from "../offers/candidates.ts";
import { type PinRecord, readPreferences } from "../offers/preferences.ts";
import { type Architectures, buildsIn, openLists } from "../sources/lists.ts";
import type { IndexTarget } from "../sources/targets.ts";
import { offered } from "./offered.ts";

interface About extends Architectures {
  readonly lists: readonly { readonly target: IndexTarget; readonly text: KeptText }[];
  readonly records: readonly PinRecord[];
}

/**
 * Where the lists lie, and by what builds are found in them. Undefined where apt itself has to be asked what it would take, or where texts of
 * lists are not kept. Errors: those of `openLists`.
 */
export async function shelfOf(config: AptConfig): Promise<OfferShelf | undefined> {
  const { architecture, foreignArchitectures } = config;
  const preferences = readPreferences(config);
  const { open, has } = await openLists(config);
  const lists = open.flatMap(({ target, list }) => (list.kept === undefined ? [] : [{ target, text: list.kept }]));
  const isPlain = candidatesOf({ lists: { versionsOf: () => [] }, architecture }, preferences) !== undefined;
  if (!isPlain || lists.length < open.length) return undefined;
  const { records } = preferences;
  return { about: { architecture, foreignArchitectures, lists, records } satisfies About, has };
}

/** Reads what `shelfOf` noted, as `offersOf` has it of packages that are not here. Undefined where a list is no longer what it was. */
export async function openShelf(about: unknown): Promise<ShelfReader | undefined> {
  const { lists, records, ...architectures } = about as About;
  const open: { readonly target: IndexTarget; readonly list: KeptList }[] = [];
  const close = () => {
    for (const { list } of open) list.close();
  };
  for (const { target, text } of lists) {
    const list = await openKeptList(text);
    if (list !== undefined) {
      open.push({ target, list });
      continue;
    }
    close();
    return undefined;
  }
  const buildsOf = buildsIn(open, architectures);
  return { offers: (name) => offersAt(name, buildsOf, { ...architectures, records }), close };
}

function offersAt(
  key: string,
  versionsOf: ReturnType<typeof buildsIn>,
  { architecture, records }: Pick<About, "architecture" | "records">,
): Offers | undefined {
  const candidates = candidatesOf({ lists: { versionsOf }, architecture }, { records, unsupported: [] });
  const versions = candidates?.versions(key, undefined) ?? [];
  return versions.length === 0 ? undefined : { ...offered(key, versions, undefined), providers: [] };
}
