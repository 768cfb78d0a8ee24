import { compareDebianVersions } from "../../../host/debian-version.ts";
import { type InstalledPackage, isInstalled } from "../machine/status.ts";
import { splitKey } from "../package-key.ts";
import { type IndexedPackage, isPhasing } from "../sources/indexed-package.ts";
import type { AptLists } from "../sources/lists.ts";
import { type Policy, type PolicyScope, policyOf } from "./policy-priority.ts";
import type { PinRecord, Preferences } from "./preferences.ts";

/** Of a version that only some machines are to get yet: taken where there is nothing else. */
export const PHASING_PRIORITY = 1;

/** One version of a package as apt weighs it: everywhere that it comes from. */
export interface WeighedVersion {
  readonly version: string;
  readonly priority: number;
  /** Builds of the lists with this version; empty for one that is only installed. */
  readonly builds: readonly IndexedPackage[];
  readonly installed: boolean;
  /** The record of the preferences that gave it its priority; absent where none did. */
  readonly record?: PinRecord;
}

export interface CandidateScope extends PolicyScope {
  readonly lists: Pick<AptLists, "versionsOf">;
}

export interface Candidates {
  /** The versions of a package with their priorities, the newest first. */
  versions(key: string, installed: InstalledPackage | undefined): readonly WeighedVersion[];
  /** What `apt-get install` would take; undefined when there is nothing to take. */
  candidate(key: string, installed: InstalledPackage | undefined): WeighedVersion | undefined;
  /** Builds in the order in which apt would take them: by priority, then newness. Never-pinned ones come last. */
  preferred(key: string): readonly IndexedPackage[];
}

/**
 * apt's choice of versions (apt_preferences(5)). Undefined while the preferences hold something that is not supported: no
 * answer rather than a wrong one.
 */
export function candidatesOf(scope: CandidateScope, preferences: Preferences): Candidates | undefined {
  const policy = policyOf(preferences, scope);
  if (policy === undefined) return undefined;
  const versions = (key: string, installed: InstalledPackage | undefined) => weigh(key, installed, scope, policy);
  return {
    versions,
    candidate: (key, installed) => choose(versions(key, installed), installed),
    preferred: (key) => {
      const all = [...versions(key, undefined)].sort((a, b) => b.priority - a.priority);
      return all.flatMap(({ builds }) => builds);
    },
  };
}

function weigh(
  key: string,
  installed: InstalledPackage | undefined,
  { lists, architecture }: CandidateScope,
  policy: Policy,
): WeighedVersion[] {
  const here = isInstalled(installed) ? installed : undefined;
  const byVersion = new Map<string, IndexedPackage[]>();
  for (const build of lists.versionsOf(key))
    byVersion.set(build.version, [...(byVersion.get(build.version) ?? []), build]);
  if (here !== undefined && !byVersion.has(here.version)) byVersion.set(here.version, []);
  const { name, arch } = splitKey(key, architecture);
  const weighed = [...byVersion].map(([version, builds]) => {
    const isHere = version === here?.version;
    const source = builds[0]?.source ?? here?.source ?? name;
    const targets = builds.map(({ target }) => target);
    const { priority, record } = policy.weight({ name, arch, source, version, targets, installed: isHere });
    return {
      version,
      builds,
      installed: isHere,
      priority: !isHere && isPhasing(builds) ? Math.min(priority, PHASING_PRIORITY) : priority,
      ...(record !== undefined && { record }),
    };
  });
  return weighed.sort((a, b) => compareDebianVersions(b.version, a.version));
}

/** The newest of the highest priority above 0; nothing older than what is installed below 1000. */
export function choose(
  versions: readonly WeighedVersion[],
  installed: InstalledPackage | undefined,
): WeighedVersion | undefined {
  const current = isInstalled(installed) ? installed.version : undefined;
  let best: WeighedVersion | undefined;
  for (const each of versions) {
    if (each.priority <= (best?.priority ?? 0)) continue;
    if (current !== undefined && each.priority < 1000 && compareDebianVersions(each.version, current) < 0) continue;
    best = each;
  }
  return best;
}
