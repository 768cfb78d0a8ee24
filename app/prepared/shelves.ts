import { openShelf } from "../../providers/apt/ask/shelf.ts";
import type { ShelfReader } from "../../schema/model/inventory.ts";

/** What reads the shelf of each provider that has one, for who loads no provider. Gives undefined where it is no longer what it was. */
export const SHELF_READERS: Readonly<Record<string, (about: unknown) => Promise<ShelfReader | undefined>>> = {
  apt: openShelf,
};
