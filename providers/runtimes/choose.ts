import { join } from "node:path";
import type { InstalledVersion } from "../../host/runtimes.ts";
import { inRange, isRange } from "../../host/semver-range.ts";
import { newestFor, parseRequest } from "../../schema/runtimes/request.ts";
import { compareVersions, isPrerelease } from "../../schema/runtimes/versions.ts";
import type { Entry } from "./version-files/entry.ts";

/** Where a tool is taken from, with the request that it answers; none where nothing was asked for. */
export type Place =
  | { readonly type: "version"; readonly version: string; readonly folder: string; readonly request?: string }
  /** A folder that a file names, with programs in its `bin`. */
  | { readonly type: "folder"; readonly folder: string; readonly request: string }
  /** What PATH has otherwise. */
  | { readonly type: "system"; readonly request?: string };

export interface Choice {
  /** In order: what the first does not have is taken from the next. Empty where what has to be there is not. */
  readonly places: readonly Place[];
  /** Requests that nothing answers. */
  readonly missing: readonly string[];
}

/** What is asked for of a runtime, and what there is. */
export interface Chooser {
  readonly asked: Pick<Entry, "requests" | "all"> | undefined;
  readonly installed: readonly InstalledVersion[];
  /** The user's home, absolute. */
  readonly home: string;
}

/**
 * Which of the installed versions a folder gets: the newest that answers, of several requests all that are there (and none where one is
 * missing that has to be), without a request the version that `current` names, and otherwise what PATH has. Pure.
 */
export function choose(runtime: string, { asked, installed, home }: Chooser): Choice {
  if (asked === undefined || asked.requests.length === 0) return { places: [byDefault(installed)], missing: [] };
  const found = asked.requests.map((request) => ({ request, place: placeFor(runtime, request, installed, home) }));
  const missing = found.flatMap(({ request, place }) => (place === undefined ? [request] : []));
  const places = found.flatMap(({ place }) => place ?? []);
  return { places: asked.all && missing.length > 0 ? [] : distinct(places), missing };
}

function byDefault(installed: readonly InstalledVersion[]): Place {
  const current = installed.find((each) => each.current);
  return current === undefined
    ? { type: "system" }
    : { type: "version", version: current.version, folder: current.folder };
}

function placeFor(
  runtime: string,
  request: string,
  installed: readonly InstalledVersion[],
  home: string,
): Place | undefined {
  if (request === "system") return { type: "system", request };
  if (request.startsWith("path:")) return { type: "folder", folder: atHome(request.slice(5), home), request };
  const version = newest(runtime, request, installed);
  return version === undefined
    ? undefined
    : { type: "version", version: version.version, folder: version.folder, request };
}

function newest(
  runtime: string,
  request: string,
  installed: readonly InstalledVersion[],
): InstalledVersion | undefined {
  const asked = parseRequest(runtime, request);
  if (asked !== undefined) return newestFor(asked, installed);
  const answers =
    runtime === "go" ? atLeast(request) : (version: string) => isRange(request) && inRange(version, request);
  return [...installed].sort((a, b) => compareVersions(b.version, a.version)).find(({ version }) => answers(version));
}

/** Go's own kind of range: `>=1.22`. */
function atLeast(request: string): (version: string) => boolean {
  const least = /^>=(\S+)$/.exec(request)?.[1];
  return (version) => least !== undefined && !isPrerelease(version) && compareVersions(version, least) >= 0;
}

function atHome(path: string, home: string): string {
  return path.startsWith("~/") ? join(home, path.slice(2)) : join(path);
}

/** Of fallbacks that come to the same version, the first. */
function distinct(places: readonly Place[]): Place[] {
  const keys = places.map((place) => (place.type === "system" ? "system" : place.folder));
  return places.filter((_, index) => keys.indexOf(keys[index] ?? "") === index);
}
