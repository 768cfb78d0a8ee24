import { join } from "node:path";
import { digestOf } from "../../../host/canonical-json.ts";
import { stampOf } from "../../../host/file-stamp.ts";
import { keptAnswer } from "../../../host/kept-answer.ts";
import { readPlatform } from "../../../host/platform.ts";
import manifest from "../../../package.json" with { type: "json" };
import type { Inventory, InventoryItem } from "../../../schema/model/inventory.ts";
import type { InventoryWish } from "../../../schema/model/provider.ts";
import type { AptConfig } from "../machine/config.ts";
import { installedKeyOf } from "../offers/observed-cache.ts";
import { inventoryOf } from "./inventory.ts";

const FILE = "apt-inventory.json";

/** What was last read of that file: one run asks several times, and it is long. */
let latest: { readonly stamp: string; readonly inventory: Inventory } | undefined;

interface Kept {
  readonly key: string;
  readonly items: readonly InventoryItem[];
  readonly keeping: readonly string[];
}

/**
 * As `inventoryOf`. With the least that can be wished for it is kept between runs: to find out which package answers which need takes longer
 * than most of what is done with it.
 */
export async function inventoryThroughCache(config: AptConfig, wish?: InventoryWish): Promise<Inventory> {
  if (config.cache === undefined || wish?.orphans !== false || wish.weakNeeds !== false)
    return inventoryOf(config, wish);
  const store = keptAnswer(config.cache, FILE);
  const key = keyOf(config);
  const stamp = `${key} ${stampOf(join(config.cache, FILE))}`;
  if (latest?.stamp === stamp) return latest.inventory;
  const kept = store.read();
  if (isKept(kept) && kept.key === key) {
    const inventory = { items: new Map(kept.items.map((item) => [item.name, item])), keeping: new Set(kept.keeping) };
    latest = { stamp, inventory };
    return inventory;
  }
  const found = await inventoryOf(config, wish);
  // It belongs to the files as they are only when they were so from its beginning to its end.
  if (keyOf(config) === key)
    store.write({ key, items: [...found.items.values()], keeping: [...found.keeping] } satisfies Kept);
  return found;
}

/** Another omg may tell more, another system names its packages otherwise. */
function keyOf(config: AptConfig): string {
  const { id, versionId, arch } = readPlatform();
  return digestOf({ files: installedKeyOf(config), omg: manifest.version, id, versionId: versionId ?? null, arch });
}

function isKept(value: unknown): value is Kept {
  const { key, items, keeping } = Object(value) as Partial<Record<keyof Kept, unknown>>;
  return typeof key === "string" && Array.isArray(items) && Array.isArray(keeping);
}
