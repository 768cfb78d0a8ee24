import { compareAlpmVersions } from "../../../host/alpm-version.ts";
import type { OfferedVersion, Offers, PackageFacts, Related } from "../../../schema/model/inventory.ts";
import type { PackageDesc } from "../desc.ts";
import type { Listed, OfferedPackage } from "../sync/database.ts";
import type { Source } from "../sync/databases.ts";

/** Where the answers come from. */
export interface OfferSources {
  readonly sources: readonly Source[];
  /** What the repositories have of a name, in their order; with all that they say of it, where that is wanted. */
  offersOf(name: string): readonly (Listed | OfferedPackage)[];
  /** Names of the packages that provide a virtual one. */
  providersOf(name: string): readonly string[];
  /** Versions by name. */
  readonly installed: ReadonlyMap<string, string>;
}

/** What the repositories and the machine have of some names, and which version pacman would take. Pure. */
export function offersOf(names: ReadonlySet<string>, from: OfferSources): ReadonlyMap<string, Offers> {
  const found = new Map<string, Offers>();
  for (const name of names) {
    const offered = from.offersOf(name);
    const here = from.installed.get(name);
    const versions = versionsOf(offered, here, from.sources);
    const providers = versions.length === 0 ? from.providersOf(name) : [];
    if (versions.length === 0 && providers.length === 0) continue;
    const first = offered[0]?.version;
    // The first repository decides, and pacman never goes back by itself.
    const candidate =
      first === undefined || (here !== undefined && compareAlpmVersions(here, first) > 0) ? here : first;
    found.set(name, { name, versions, ...(candidate === undefined ? {} : { candidate }), providers });
  }
  return found;
}

function versionsOf(
  offered: readonly (Listed | OfferedPackage)[],
  here: string | undefined,
  sources: readonly Source[],
): readonly OfferedVersion[] {
  const versions = [...new Set([...offered.map(({ version }) => version), ...(here === undefined ? [] : [here])])];
  return versions
    .sort((a, b) => compareAlpmVersions(b, a))
    .map((version) => {
      const builds = offered.filter((each) => each.version === version);
      const [best] = builds;
      return {
        version,
        priority: Math.max(0, ...builds.map(({ repository }) => priorityOf(repository, sources))),
        installed: here === version,
        origins: builds.map(({ repository }) => ({
          source: repository,
          suite: repository,
          address: sources.find(({ name }) => name === repository)?.servers[0] ?? "",
          security: false,
        })),
        ...(best !== undefined && "summary" in best ? { facts: factsOf(best) } : {}),
      };
    });
}

/** The earlier a repository stands in pacman.conf, the more it counts. Pure. */
export function priorityOf(repository: string, sources: readonly { readonly name: string }[]): number {
  const at = sources.findIndex(({ name }) => name === repository);
  return at < 0 ? 0 : sources.length - at;
}

function factsOf(found: OfferedPackage): PackageFacts {
  const { summary, groups, homepage, download, size } = found;
  return {
    summary,
    section: groups.join(" "),
    ...(homepage === undefined ? {} : { homepage }),
    ...(download === undefined ? {} : { download }),
    ...(size === undefined ? {} : { size }),
    relations: relationsOf(found),
  };
}

function relationsOf(found: PackageDesc): readonly Related[] {
  const fields = [
    ["Depends", found.depends],
    ["Optional", found.optdepends],
    ["Provides", found.provides],
    ["Conflicts", found.conflicts],
    ["Replaces", found.replaces],
  ] as const;
  return fields.flatMap(([kind, values]) => (values.length === 0 ? [] : [{ kind, text: values.join(", ") }]));
}
