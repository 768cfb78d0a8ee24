import { purlOf } from "../../../host/purl.ts";
import { installedTools, installedVersions } from "../../../host/runtimes.ts";
import type { Inventory, InventoryItem } from "../../../schema/model/inventory.ts";
import { toolVersionName } from "../../../schema/runtimes/names.ts";

/** What is installed, each by tool and version. */
export function inventoryOf(data: string): Inventory {
  const items = installedTools(data).flatMap((tool) =>
    installedVersions(data, tool).map(
      ({ version, current, receipt }) =>
        [toolVersionName({ tool, version }), itemOf(tool, version, current, receipt?.from)] as const,
    ),
  );
  return { items: new Map(items), keeping: new Set(), orphans: [] };
}

function itemOf(tool: string, version: string, current: boolean, from: string | undefined): InventoryItem {
  return {
    name: tool,
    version,
    arch: process.arch,
    section: "runtimes",
    summary: `${tool} ${version}${current ? ", which holds everywhere" : ""}`,
    source: { name: tool, version },
    ...(from === undefined ? {} : { supplier: from.slice(from.indexOf(":") + 1) }),
    purl: purlOf({ type: "generic", name: tool, version }),
    requested: true,
    held: false,
    stays: true,
    needs: [],
  };
}
