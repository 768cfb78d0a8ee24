import type { OfferedVersion, Offers, Origin } from "../../../schema/model/inventory.ts";
import type { InstalledPackage } from "../machine/status.ts";
import { choose, type WeighedVersion } from "../offers/candidates.ts";
import { isPhasing } from "../sources/indexed-package.ts";
import { isSecurity } from "../sources/release-file.ts";
import type { IndexTarget } from "../sources/targets.ts";
import { factsOf } from "./facts.ts";

/** What there is of a package, the newest version first, and which of it apt would take. Pure. */
export function offered(
  name: string,
  versions: readonly WeighedVersion[],
  here: InstalledPackage | undefined,
  { facts }: { readonly facts: boolean } = { facts: true },
): Omit<Offers, "providers"> {
  const candidate = choose(versions, here)?.version;
  return {
    name,
    versions: versions.map((each) => toOffered(each, facts)),
    ...(candidate !== undefined && { candidate }),
  };
}

function toOffered({ version, priority, builds, installed }: WeighedVersion, facts: boolean): OfferedVersion {
  const [best] = builds;
  const phased = isPhasing(builds) ? best?.phased : undefined;
  return {
    version,
    priority,
    installed,
    origins: builds.map(({ target }) => originOf(target)),
    ...(phased !== undefined && { phased }),
    ...(facts && best !== undefined && { facts: factsOf(best) }),
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
