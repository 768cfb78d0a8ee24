import { compareDebianVersions } from "../../../host/debian-version.ts";
import type { Observed } from "../../../schema/model/resource.ts";
import type { AptState } from "../machine/observe.ts";
import { isInstalled } from "../machine/status.ts";
import type { AptLists } from "../sources/lists.ts";
import { type Candidates, candidatesOf } from "./candidates.ts";
import { readPreferences } from "./preferences.ts";

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
  /** Absent where it could not be counted. */
  readonly updates?: number;
}

/** Asks the lists about everything that is installed. Reads the preferences, and is otherwise pure. */
export function surveyOf(state: AptState, lists: AptLists): Survey {
  const installed = [...state.packages.values()].filter(isInstalled);
  const complete = lists.unfetched.length === 0;
  const updates = complete ? countUpdates(state, lists) : undefined;
  return {
    unlisted: installed.filter(({ key }) => !lists.has(key)).map(({ key }) => key),
    complete,
    ...(updates !== undefined && { updates }),
  };
}

/**
 * Adds to what was observed all that only the lists can tell: what is foreign, and the number of updates. A package that no
 * list offers is foreign only when all lists were there: one that was never fetched may offer it. Pure.
 */
export function withSurvey(observed: Observed, { unlisted, complete, updates }: Survey): Observed {
  const missing = new Set(unlisted);
  const resources = [...observed.resources].map(([key, resource]) => {
    const isOpen = resource.health === "residual" || (missing.has(key) && !complete);
    return [key, isOpen ? resource : { ...resource, foreign: missing.has(key) }] as const;
  });
  return {
    ...observed,
    resources: new Map(resources),
    counts: { ...observed.counts, ...(updates !== undefined && { updates }) },
  };
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

function countUpdates(state: AptState, lists: AptLists): number | undefined {
  const scope = { lists, architecture: state.config.architecture };
  return upgradable(state, candidatesOf(scope, readPreferences(state.config)))?.length;
}
