import { compareAlpmVersions } from "../../../host/alpm-version.ts";
import type { PackageDesc } from "../desc.ts";
import type { PacmanConfig } from "./config.ts";
import { matchesAny } from "./patterns.ts";

/** An installed package that a repository has a newer version of. */
export interface Update {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** pacman.conf says to leave it alone. */
  readonly ignored: boolean;
}

/** What `pacman -Qu` lists: the first repository that has a name decides. Pure. */
export function updatesOf(
  installed: Iterable<PackageDesc>,
  listed: ReadonlyMap<string, readonly { readonly version: string }[]>,
  config: Pick<PacmanConfig, "ignorePackages" | "ignoreGroups">,
): readonly Update[] {
  return [...installed].flatMap((found) => {
    const offered = listed.get(found.name)?.[0]?.version;
    if (offered === undefined || compareAlpmVersions(offered, found.version) <= 0) return [];
    return [{ name: found.name, from: found.version, to: offered, ignored: isIgnored(found, config) }];
  });
}

/** IgnorePkg and IgnoreGroup of pacman.conf(5). Pure. */
export function isIgnored(
  { name, groups }: Pick<PackageDesc, "name" | "groups">,
  { ignorePackages, ignoreGroups }: Pick<PacmanConfig, "ignorePackages" | "ignoreGroups">,
): boolean {
  return matchesAny(ignorePackages, name) || groups.some((group) => matchesAny(ignoreGroups, group));
}
