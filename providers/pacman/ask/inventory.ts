import { readPlatform } from "../../../host/platform.ts";
import type { Inventory, InventoryItem, Need } from "../../../schema/model/inventory.ts";
import { advisoryOf, alpmPurl } from "../identity.ts";
import type { LocalPackage } from "../machine/local.ts";
import type { PacmanState } from "../machine/observe.ts";
import { protectedReason, protectionOf } from "../machine/protection.ts";
import { orphansAmong } from "../machine/unneeded.ts";
import { isIgnored } from "../machine/updates.ts";
import { type Answers, answersAmong, parseRelation } from "../relations.ts";

/** Everything installed, and who needs what of it. */
export function inventoryOf({ config, local }: PacmanState): Inventory {
  const answers = answersAmong(local.packages.values());
  const protection = protectionOf(config, local.packages);
  const { id } = readPlatform();
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
  return { items: new Map(items), keeping: new Set(["Depends", "Optional"]), orphans: orphansAmong(local.packages) };
}

function needsOf({ depends, optdepends }: LocalPackage, answers: Answers<LocalPackage>): readonly Need[] {
  const need =
    (kind: string, strict: boolean) =>
    (text: string): Need => ({
      kind,
      strict,
      text,
      met: answers.to(parseRelation(text)).map(({ name }) => name),
    });
  return [...depends.map(need("Depends", true)), ...optdepends.map(need("Optional", false))];
}
