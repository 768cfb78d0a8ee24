import { compareDebianVersions } from "../../../host/debian-version.ts";
import type { Observed } from "../../../schema/model/resource.ts";
import type { AptState } from "../machine/observe.ts";
import { type InstalledPackage, isInstalled } from "../machine/status.ts";
import type { AptLists } from "../sources/lists.ts";
import { type Candidates, candidatesOf } from "./candidates.ts";
import { readPreferences } from "./preferences.ts";

/** What a survey asks of the lists. */
export type SurveyedLists = Pick<AptLists, "unfetched" | "versionsOf" | "has">;

/** An installed package that has a newer version to go to. */
export interface Upgradable {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

/** What the package lists say about the installed packages. */
export interface Survey {
  /** Keys of the installed packages that no fetched list offers in any version. */
  readonly unlisted: readonly string[];
  /** Whether every list of every configured source was there. Without any source they all were: nothing is offered then. */
  readonly complete: boolean;
  /** Names of the sources that offer the installed version, by key; a package that none offers in it is left out. */
  readonly origins: Readonly<Record<string, readonly string[]>>;
  /** Absent where it could not be counted. */
  readonly updates?: number;
  /** Number of packages that nothing needs any more; absent where apt could not say. */
  readonly orphans?: number;
}

/** Asks the lists about everything that is installed. Reads the preferences, and is otherwise pure. */
export function surveyOf(state: AptState, lists: SurveyedLists): Survey {
  const installed = [...state.packages.values()].filter(isInstalled);
  const complete = lists.unfetched.length === 0;
  const updates = complete ? countUpdates(state, lists) : undefined;
  return {
    unlisted: installed.filter(({ key }) => !lists.has(key)).map(({ key }) => key),
    complete,
    origins: Object.fromEntries(installed.flatMap((found) => originsOf(found, lists))),
    ...(updates !== undefined && { updates }),
  };
}

function originsOf({ key, version }: InstalledPackage, lists: SurveyedLists): [string, string[]][] {
  const names = lists.versionsOf(key).flatMap((build) => (build.version === version ? [build.target.sourceName] : []));
  return names.length === 0 ? [] : [[key, [...new Set(names)]]];
}

/**
 * Adds to what was observed all that only the lists can tell: what is foreign, who offers it, and the number of updates. What
 * no list offers is known only when all lists were there: one that was never fetched may offer it. Pure.
 */
export function withSurvey(observed: Observed, { unlisted, complete, origins, updates, orphans }: Survey): Observed {
  const missing = new Set(unlisted);
  const resources = [...observed.resources].map(([key, resource]) => {
    if (resource.health === "residual") return [key, resource] as const;
    const foreign = missing.has(key) && !complete ? {} : { foreign: missing.has(key) };
    return [key, { ...resource, ...foreign, ...(complete && { origins: origins[key] ?? [] }) }] as const;
  });
  return {
    ...observed,
    resources: new Map(resources),
    counts: {
      ...observed.counts,
      ...(updates !== undefined && { updates }),
      ...(orphans !== undefined && { orphans }),
    },
  };
}

/**
 * What `apt list --upgradable` lists, held packages included, but for updates that are handed out to some machines only: they
 * count once they are for all. Undefined where that cannot be said for sure: preferences that are not understood. Pure.
 */
export function upgradable({ packages }: AptState, candidates: Candidates | undefined): Upgradable[] | undefined {
  if (candidates === undefined) return undefined;
  const found: Upgradable[] = [];
  for (const here of packages.values()) {
    if (!isInstalled(here)) continue;
    const best = candidates.candidate(here.key, here);
    if (best !== undefined && compareDebianVersions(best.version, here.version) > 0) {
      found.push({ key: here.key, from: here.version, to: best.version });
    }
  }
  return found;
}

function countUpdates(state: AptState, lists: SurveyedLists): number | undefined {
  const scope = { lists, architecture: state.config.architecture };
  return upgradable(state, candidatesOf(scope, readPreferences(state.config)))?.length;
}
