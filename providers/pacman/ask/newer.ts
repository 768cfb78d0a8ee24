import { compareAlpmVersions } from "../../../host/alpm-version.ts";
import type { Offers } from "../../../schema/model/inventory.ts";
import type { PacmanConfig } from "../machine/config.ts";
import { installedVersions } from "../machine/local.ts";
import type { Source } from "../sync/databases.ts";
import { listingOf } from "../sync/kept-listing.ts";
import { offersOf } from "./offers.ts";

/**
 * What is installed and has a newer version in the first repository that lists it. As for libalpm, the names of folders say what is
 * installed: no package's description is looked at. Errors: those of `listingOf`; system errors pass.
 */
export async function newerThrough(
  cache: string | undefined,
  { database }: Pick<PacmanConfig, "database">,
  sources: readonly Source[],
): Promise<ReadonlyMap<string, Offers>> {
  const installed = installedVersions(database);
  const { listed } = await listingOf(cache, sources, (name) => installed.has(name));
  const newer = [...installed].flatMap(([name, here]) => {
    const first = listed.get(name)?.[0]?.version ?? here;
    return first !== here && compareAlpmVersions(first, here) > 0 ? [name] : [];
  });
  const offered = (name: string) => listed.get(name) ?? [];
  return offersOf(new Set(newer), { sources, installed, offersOf: offered, providersOf: () => [] });
}
