import { compareDebianVersions } from "../../../host/debian-version.ts";
import type { OfferedVersion, Offers, Origin } from "../../../schema/model/inventory.ts";
import type { AptConfig } from "../machine/config.ts";
import { type InstalledPackage, isInstalled, readStatus } from "../machine/status.ts";
import { candidatesOf, choose, type WeighedVersion } from "../offers/candidates.ts";
import { readOfferOrder } from "../offers/offer-order.ts";
import { isSecurity } from "../offers/open-market.ts";
import { INSTALLED_PRIORITY } from "../offers/policy-priority.ts";
import { readPreferences } from "../offers/preferences.ts";
import { packageKey } from "../package-key.ts";
import { isPhasing } from "../sources/indexed-package.ts";
import { type AptLists, openLists } from "../sources/lists.ts";
import type { IndexTarget } from "../sources/targets.ts";
import { factsOf } from "./facts.ts";

type Weigh = (key: string, here: InstalledPackage | undefined) => readonly WeighedVersion[];

/**
 * What the sources and the machine have of some names, and which version apt would take. Errors: those of `openLists`,
 * `readStatus` and `readOfferOrder`.
 */
export async function offersOf(config: AptConfig, names: ReadonlySet<string>): Promise<ReadonlyMap<string, Offers>> {
  const lists = await openLists(config);
  const { packages } = readStatus(config);
  const weigh = await weigher(config, lists, names);
  const found = new Map<string, Offers>();
  for (const key of names) {
    const here = packages.get(key);
    const versions = weigh(key, here);
    const provided = versions.length === 0 ? providersOf(key, lists, config) : [];
    if (versions.length === 0 && provided.length === 0) continue;
    const candidate = choose(versions, here)?.version;
    found.set(key, {
      name: key,
      versions: versions.map(toOffered),
      ...(candidate !== undefined && { candidate }),
      providers: provided,
    });
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

function toOffered({ version, priority, builds, installed }: WeighedVersion): OfferedVersion {
  const [best] = builds;
  const phased = isPhasing(builds) ? best?.phased : undefined;
  return {
    version,
    priority,
    installed,
    origins: builds.map(({ target }) => originOf(target)),
    ...(phased !== undefined && { phased }),
    ...(best !== undefined && { facts: factsOf(best) }),
  };
}

function originOf(target: IndexTarget): Origin {
  const { sourceName, suite, codename, component, repoUri } = target;
  return {
    source: sourceName,
    suite: [codename || suite, component].filter((word) => word !== "").join("/"),
    address: repoUri,
    security: isSecurity(target),
  };
}
