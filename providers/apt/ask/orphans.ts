import { run } from "../../../host/run.ts";
import type { AptConfig } from "../machine/config.ts";

/**
 * What is installed alone decides, so apt is told that there are no lists: reading them would take half a second. Nor may it
 * keep a cache of having seen none.
 */
const ARGUMENTS = [
  "-qq",
  "--simulate",
  "-oDir::State::lists=/nonexistent/",
  "-oDir::Cache::pkgcache=",
  "-oDir::Cache::srcpkgcache=",
  "-oAPT::Get::Show-User-Simulation-Note=false",
  "autoremove",
];

/**
 * Keys of what `apt-get autoremove` would remove, asked of apt itself, which knows about kernels, settings and holds: some 20 ms,
 * no lock. Undefined where apt does not say, as with dependencies that are not met.
 */
export async function readOrphans(config: AptConfig): Promise<readonly string[] | undefined> {
  const { code, stdout } = await run("/usr/bin/apt-get", ARGUMENTS, { env: config.env });
  if (code !== 0) return undefined;
  return [...stdout.matchAll(/^(?:Remv|Purg) (\S+)/gm)].flatMap(([, key]) => key ?? []).sort();
}
