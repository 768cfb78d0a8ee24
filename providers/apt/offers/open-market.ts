import { withoutCredentials } from "../../../host/address.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import { advisoryFor } from "../advisory.ts";
import type { AptConfig } from "../machine/config.ts";
import { packageKey } from "../package-key.ts";
import { controlOf, type IndexedPackage, isPhasing, urlOf } from "../sources/indexed-package.ts";
import { type AptLists, openLists } from "../sources/lists.ts";
import { isSecurity } from "../sources/release-file.ts";
import { chainOf } from "../sources/targets.ts";
import type { Market } from "./market.ts";
import { type OfferOrder, type RatedVersion, readOfferOrder } from "./offer-order.ts";

export interface OpenMarket {
  readonly market: Market;
  readonly lists: AptLists;
}

/**
 * What the configured sources offer, by way of apt's own lists. `keys` are those that a version may have to be chosen for.
 * Errors: those of `openLists` and `readOfferOrder`.
 */
export async function openMarket(config: AptConfig, keys: readonly string[]): Promise<OpenMarket> {
  const lists = await openLists(config);
  const known = keys.filter((key) => lists.has(key));
  const order = await readOfferOrder(config, lists, known);
  return { market: marketOver(lists, order, config), lists };
}

function marketOver(lists: AptLists, order: OfferOrder, config: AptConfig): Market {
  const security = new Set(lists.targets.filter(isSecurity).map(({ release }) => release?.path));
  const keyOf = ({ name, arch }: IndexedPackage): string => packageKey(name, arch, config.architecture);
  return {
    offers: (key) => artifactsOf(key, order(key)),
    candidates: (key) =>
      artifactsOf(
        key,
        order(key).filter(({ priority }) => priority > 0),
      ),
    settled: (key, version) => settledIn(order(key), version),
    preference: (key, version) => order(key).find((each) => each.version === version)?.record?.words,
    fromSecurity: ({ chain }) => chain.type === "debian" && security.has(chain.release),
    listed: (key) => lists.has(key),
    providersOf: (name) => [...new Set(lists.providersOf(name).map(keyOf))],
    keys: () => lists.keys(),
  };
}

function settledIn(versions: readonly RatedVersion[], version: string): string | undefined {
  const found = versions.find((each) => each.version === version);
  if (found === undefined || !isPhasing(found.builds)) return undefined;
  return versions.find(({ priority, builds }) => priority > 0 && builds.length > 0 && !isPhasing(builds))?.version;
}

function artifactsOf(key: string, versions: readonly RatedVersion[]): readonly Artifact[] {
  return versions.flatMap(({ builds }) => builds).flatMap((found) => artifactOf(key, found) ?? []);
}

/** Undefined for a build that nothing vouches for: no hash in the index, or no release file above it. */
export function artifactOf(key: string, found: IndexedPackage): Artifact | undefined {
  const chain = chainOf(found.target);
  if (chain === undefined || !/^[0-9a-f]{64}$/.test(found.sha256) || !Number.isFinite(found.size)) return undefined;
  const { version, arch, sha256, sha512, size, filename, target } = found;
  const advisory = advisoryFor(found, target);
  return {
    address: `apt.${key}`,
    name: key,
    version,
    arch,
    sha256,
    ...(sha512 !== undefined && /^[0-9a-f]{128}$/.test(sha512) && { sha512 }),
    size,
    urls: urlsOf(found),
    filename: filename.slice(filename.lastIndexOf("/") + 1),
    origin: target.sourceName,
    chain,
    role: "install",
    control: controlOf(found),
    ...(advisory === undefined ? {} : { advisory }),
  };
}

/**
 * Only what omg's own fetcher speaks; `copy:` names a local file as `file:` does. A login is looked up again when it is needed,
 * so that it stands in no plan and no log.
 */
function urlsOf(found: IndexedPackage): readonly string[] {
  const url = withoutCredentials(urlOf(found)).replace(/^copy:/, "file:");
  return /^(?:https?|file):/.test(url) ? [url] : [];
}
