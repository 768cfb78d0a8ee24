import { existsSync } from "node:fs";
import { join } from "node:path";
import { type InstalledVersion, installedTools, installedVersions } from "../../../host/runtimes.ts";
import type { Desired, Wanted } from "../../../schema/model/desired.ts";
import type { Observed, ObservedResource } from "../../../schema/model/resource.ts";
import { MISE, readToolVersion, toolVersionName } from "../../../schema/runtimes/names.ts";
import { newestFor } from "../../../schema/runtimes/request.ts";
import { toolRequest } from "./tools.ts";

/**
 * The versions that are installed. A request that nothing is pinned for is a name as well, where a version answers it; and of what is
 * wanted and not there nothing is concluded where mise is not there to bring it.
 * @param program path of mise, where it is here
 */
export function observe(data: string, program: string | undefined, desired?: Desired): Observed {
  const installed = installedTools(data).flatMap((tool) =>
    installedVersions(data, tool).map((found) => ({ tool, ...found })),
  );
  const resources = new Map<string, ObservedResource>();
  for (const each of installed) {
    const found = resourceOf(each, toolVersionName(each), desired);
    resources.set(found.name, found);
  }
  const wanted = desired?.wanted ?? [];
  for (const { name, pin } of wanted) {
    const { tool, version } = readToolVersion(name);
    const asked = pin === undefined ? toolRequest(tool, version) : undefined;
    const ofTool = installed.filter((each) => each.tool === tool);
    const answer = asked && newestFor(asked, ofTool);
    const found = answer && resources.get(toolVersionName(answer));
    if (found !== undefined && !resources.has(name)) resources.set(name, { ...found, name });
  }
  if (program === undefined) leaveAlone(wanted, resources);
  const total = installed.length;
  return { provider: MISE, resources, interrupted: [], counts: { total, explicit: total, orphans: 0, updates: 0 } };
}

function resourceOf(
  { version, folder, current, receipt }: InstalledVersion,
  name: string,
  desired: Desired | undefined,
): ObservedResource {
  const resource = { name, attributes: { version, current }, requested: true };
  const pinned = desired?.wanted.find((each) => each.name === name)?.pin?.sha256;
  if (!existsSync(join(folder, "bin")))
    return { ...resource, health: "needs-repair", reason: `${join(folder, "bin")} is missing` };
  if (pinned !== undefined && receipt !== undefined && receipt.sha256 !== pinned)
    return { ...resource, health: "needs-repair", reason: `it was made of ${receipt.sha256}, and ${pinned} is pinned` };
  return { ...resource, health: "installed" };
}

/** What mise would have to bring, and what would have to go for it. */
function leaveAlone(wanted: readonly Wanted[], resources: Map<string, ObservedResource>): void {
  const awaited = wanted.filter(({ name, past }) => past !== true && !resources.has(name)).map(({ name }) => name);
  const tools = new Set(awaited.map((name) => readToolVersion(name).tool));
  const named = new Set(wanted.filter(({ past }) => past !== true).map(({ name }) => name));
  for (const [name, found] of resources)
    if (tools.has(readToolVersion(name).tool) && !named.has(name))
      resources.set(name, { ...found, ...unavailable("what takes its place cannot be unpacked without mise") });
  for (const name of awaited)
    resources.set(name, {
      name,
      ...unavailable("it is not installed, and mise, which would unpack it, is not on this machine"),
      attributes: {},
      requested: false,
    });
}

function unavailable(reason: string): Pick<ObservedResource, "health"> & { readonly reason: string } {
  return { health: "unavailable", reason };
}
