import { keptAnswer } from "../../../host/kept-answer.ts";
import { readPlatform } from "../../../host/platform.ts";
import type { Inventory, InventoryItem, Need } from "../../../schema/model/inventory.ts";
import { advisoryOf, alpmPurl } from "../identity.ts";
import type { PacmanConfig } from "../machine/config.ts";
import type { LocalPackage } from "../machine/local.ts";
import { localKeyOf } from "../machine/local-key.ts";
import { type PacmanState, readState } from "../machine/observe.ts";
import { protectedReason, protectionOf } from "../machine/protection.ts";
import { orphansAmong } from "../machine/unneeded.ts";
import { isIgnored } from "../machine/updates.ts";
import { type Answers, answersAmong } from "../relations.ts";

interface KeptInventory {
  readonly key: string;
  readonly items: readonly InventoryItem[];
  readonly orphans: readonly string[];
}

const KEEPING: ReadonlySet<string> = new Set(["Depends", "Optional"]);

/** Everything installed, and who needs what of it; from a file of the cache where nothing of it has changed. System errors pass. */
export function inventoryThrough(cache: string | undefined, config: PacmanConfig): Inventory {
  return keptThrough(cache, "pacman-inventory.json", config, () => inventoryOf(readState(config)));
}

/** As `inventoryThrough`, with the items of the orphans alone: a file that takes no time to read. */
export function orphansThrough(cache: string | undefined, config: PacmanConfig): Inventory {
  return keptThrough(cache, "pacman-orphans.json", config, () => {
    const { items, keeping, orphans = [] } = inventoryThrough(cache, config);
    const own = new Set(orphans);
    return { items: new Map([...items].filter(([name]) => own.has(name))), keeping, orphans };
  });
}

function keptThrough(cache: string | undefined, file: string, config: PacmanConfig, look: () => Inventory): Inventory {
  if (cache === undefined) return look();
  const store = keptAnswer(cache, file);
  const key = localKeyOf(config);
  const { items, orphans, key: keptUnder } = (store.read() ?? {}) as Partial<KeptInventory>;
  if (keptUnder === key && Array.isArray(items) && Array.isArray(orphans))
    return { items: new Map(items.map((item) => [item.name, item])), keeping: KEEPING, orphans };
  const found = look();
  if (localKeyOf(config) === key) store.write({ key, items: [...found.items.values()], orphans: found.orphans });
  return found;
}

function inventoryOf({ config, local }: PacmanState): Inventory {
  const answers = answersAmong(local.packages.values());
  const protection = protectionOf(config, local.packages);
  const { id } = readPlatform(config.root);
  const items = [...local.packages.values()].map((found): [string, InventoryItem] => {
    const protectedBy = protectedReason(found, protection);
    const advisory = advisoryOf(found);
    return [
      found.name,
      {
        name: found.name,
        version: found.version,
        arch: found.arch,
        ...(found.size === undefined ? {} : { size: found.size }),
        section: found.groups.join(" "),
        summary: found.summary,
        source: { name: found.base, version: found.version },
        ...(found.packager === undefined ? {} : { supplier: found.packager }),
        ...(found.homepage === undefined ? {} : { homepage: found.homepage }),
        purl: alpmPurl(found, id),
        ...(advisory && { advisory }),
        requested: !found.auto,
        held: isIgnored(found, config),
        stays: false,
        needs: needsOf(found, answers),
        ...(protectedBy === undefined ? {} : { protectedBy }),
      },
    ];
  });
  return { items: new Map(items), keeping: KEEPING, orphans: orphansAmong(local.packages) };
}

function needsOf({ depends, optdepends }: LocalPackage, answers: Answers<LocalPackage>): readonly Need[] {
  const need =
    (kind: string, strict: boolean) =>
    (text: string): Need => ({
      kind,
      strict,
      text,
      met: answers.to(text).map(({ name }) => name),
    });
  return [...depends.map(need("Depends", true)), ...optdepends.map(need("Optional", false))];
}
