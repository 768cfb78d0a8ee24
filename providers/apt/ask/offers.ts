import { compareDebianVersions } from "../../../host/debian-version.ts";
import type { Offers } from "../../../schema/model/inventory.ts";
import type { AptConfig } from "../machine/config.ts";
import { type InstalledPackage, isInstalled, readStatus } from "../machine/status.ts";
import { candidatesOf, type WeighedVersion } from "../offers/candidates.ts";
import { readOfferOrder } from "../offers/offer-order.ts";
import { INSTALLED_PRIORITY } from "../offers/policy-priority.ts";
import { readPreferences } from "../offers/preferences.ts";
import { packageKey } from "../package-key.ts";
import { type AptLists, openLists } from "../sources/lists.ts";
import { offered } from "./offered.ts";

type Weigh = (key: string, here: InstalledPackage | undefined) => readonly WeighedVersion[];

/**
 * What the sources and the machine have of some names, and which version apt would take. Errors: those of `openLists`,
 * `readStatus` and `readOfferOrder`.
 */
export async function offersOf(
  config: AptConfig,
  names: ReadonlySet<string>,
  wish: { readonly facts: boolean } = { facts: true },
): Promise<ReadonlyMap<string, Offers>> {
  const lists = await openLists(config);
  const { packages } = readStatus(config);
  const weigh = await weigher(config, lists, names);
  const found = new Map<string, Offers>();
  for (const key of names) {
    const here = packages.get(key);
    const versions = weigh(key, here);
    const provided = versions.length === 0 ? providersOf(key, lists, config) : [];
    if (versions.length === 0 && provided.length === 0) continue;
    found.set(key, { ...offered(key, versions, here, wish), providers: provided });
  }
  return found;
}

/** By our own reading of the preferences; where they hold something that it cannot follow, by apt's word. */
async function weigher(config: AptConfig, lists: AptLists, names: ReadonlySet<string>): Promise<Weigh> {
  const candidates = candidatesOf({ lists, architecture: config.architecture }, readPreferences(config));
  if (candidates !== undefined) return candidates.versions;
  const order = await readOfferOrder(
    config,
    lists,
    [...names].filter((key) => lists.has(key)),
  );
  return (key, here) => withInstalled(order(key), isInstalled(here) ? here.version : undefined);
}

function withInstalled(
  rated: readonly Pick<WeighedVersion, "version" | "priority" | "builds">[],
  here: string | undefined,
): WeighedVersion[] {
  const offered = rated.map((each) => ({ ...each, installed: each.version === here }));
  const only =
    here === undefined || offered.some(({ installed }) => installed)
      ? []
      : [{ version: here, priority: INSTALLED_PRIORITY, builds: [], installed: true }];
  return [...offered, ...only].sort((a, b) => compareDebianVersions(b.version, a.version));
}

/** Keys of what provides a virtual name. */
function providersOf(name: string, lists: AptLists, { architecture }: AptConfig): readonly string[] {
  const keys = lists.providersOf(name).map((build) => packageKey(build.name, build.arch, architecture));
  return [...new Set(keys)].sort();
}
