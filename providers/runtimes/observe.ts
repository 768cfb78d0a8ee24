import { existsSync } from "node:fs";
import { join } from "node:path";
import { type InstalledVersion, installedVersions, versionsFolder } from "../../host/runtimes.ts";
import type { Desired, Wanted } from "../../schema/model/desired.ts";
import type { Observed, ObservedResource } from "../../schema/model/resource.ts";
import { EXECUTABLES, type Runtime } from "../../schema/runtimes/names.ts";
import { newestFor, parseRequest } from "../../schema/runtimes/request.ts";

/**
 * The versions that are installed, by version. A request that nothing is pinned for is a name as well, where a version answers it.
 */
export function observe(runtime: Runtime, data: string, desired?: Desired): Observed {
  const installed = installedVersions(data, runtime);
  const resources = new Map<string, ObservedResource>();
  for (const each of installed) resources.set(each.version, resourceOf(runtime, each, pinnedHash(each, desired)));
  for (const { name, pin } of desired?.wanted ?? []) {
    const answer = pin === undefined ? answerTo(runtime, name, installed) : undefined;
    const found = answer && resources.get(answer.version);
    if (found !== undefined && !resources.has(name)) resources.set(name, { ...found, name });
  }
  const total = installed.length;
  return { provider: runtime, resources, interrupted: [], counts: { total, explicit: total, orphans: 0, updates: 0 } };
}

/** Where versions come and go, `current` is turned, and a version can lose its program. */
export function watched(runtime: string, data: string): readonly string[] {
  return [versionsFolder(data, runtime), ...installedVersions(data, runtime).map(({ folder }) => join(folder, "bin"))];
}

function answerTo(
  runtime: Runtime,
  name: Wanted["name"],
  installed: readonly InstalledVersion[],
): InstalledVersion | undefined {
  const request = parseRequest(runtime, name);
  return request === undefined ? undefined : newestFor(request, installed);
}

function pinnedHash({ version }: InstalledVersion, desired: Desired | undefined): string | undefined {
  return desired?.wanted.find(({ pin }) => pin?.version === version)?.pin?.sha256;
}

function resourceOf(
  runtime: Runtime,
  { version, folder, current, receipt }: InstalledVersion,
  pinned: string | undefined,
): ObservedResource {
  const resource = { name: version, attributes: { version, current }, requested: true };
  const [main] = EXECUTABLES[runtime];
  if (!existsSync(join(folder, "bin", main)))
    return { ...resource, health: "needs-repair", reason: `${join(folder, "bin", main)} is missing` };
  if (pinned !== undefined && receipt !== undefined && receipt.sha256 !== pinned)
    return { ...resource, health: "needs-repair", reason: `it was made of ${receipt.sha256}, and ${pinned} is pinned` };
  return { ...resource, health: "installed" };
}
