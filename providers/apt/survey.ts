import { compareDebianVersions } from "../../host/debian-version.ts";
import type { Observed } from "../../schema/model/resource.ts";
import { type Candidates, candidatesOf, isInstalled } from "./candidates.ts";
import type { AptLists } from "./lists.ts";
import type { AptState } from "./observe.ts";
import { readPreferences } from "./preferences.ts";

/** An installed package that has a newer version to go to. */
export interface Upgradable {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

/** Keys of the installed packages that no configured source offers in any version. Pure. */
export function foreignNames({ packages }: AptState, lists: AptLists): Set<string> {
  const installed = [...packages.values()].filter(isInstalled);
  return new Set(installed.filter(({ key }) => !lists.has(key)).map(({ key }) => key));
}

/**
 * What `apt list --upgradable` lists, held packages included. Undefined where that cannot be said for sure: preferences that
 * are not understood, or an update that is handed out to some machines only. Pure.
 */
export function upgradable({ packages }: AptState, candidates: Candidates | undefined): Upgradable[] | undefined {
  if (candidates === undefined) return undefined;
  const found: Upgradable[] = [];
  for (const here of packages.values()) {
    if (!isInstalled(here)) continue;
    const versions = candidates.versions(here.key, here);
    if (versions.some(({ builds }) => builds.some(({ phased }) => phased !== undefined && phased < 100)))
      return undefined;
    const best = candidates.candidate(here.key, here);
    if (best !== undefined && compareDebianVersions(best.version, here.version) > 0) {
      found.push({ key: here.key, from: here.version, to: best.version });
    }
  }
  return found;
}

/** The number for the status file; undefined when it could not be counted. */
export function countUpdates(state: AptState, lists: AptLists): number | undefined {
  const scope = { lists, architecture: state.config.architecture };
  return upgradable(state, candidatesOf(scope, readPreferences(state.config)))?.length;
}

/** Adds to what was observed all that only the lists can tell: what is foreign, and the number of updates. */
export function surveyed(observed: Observed, state: AptState, lists: AptLists): Observed {
  const foreign = foreignNames(state, lists);
  const updates = countUpdates(state, lists);
  const resources = [...observed.resources].map(
    ([key, resource]) =>
      [key, resource.health === "residual" ? resource : { ...resource, foreign: foreign.has(key) }] as const,
  );
  return {
    ...observed,
    resources: new Map(resources),
    counts: { ...observed.counts, ...(updates !== undefined && { updates }) },
  };
}
