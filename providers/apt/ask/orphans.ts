import { digestOf } from "../../../host/canonical-json.ts";
import { run } from "../../../host/run.ts";
import type { AptConfig } from "../machine/config.ts";
import { installedKeyOf } from "../offers/observed-cache.ts";

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

/** What apt said last, or is about to say, and of what: a run that looks at everything asks more than once. */
let latest: { readonly key: string; readonly keys: Promise<readonly string[] | undefined> } | undefined;

/**
 * Keys of what `apt-get autoremove` would remove, asked of apt itself, which knows about kernels, settings and holds: some 20 ms,
 * no lock; once while nothing of what is installed changes. Undefined where apt does not say, as with dependencies that are not met.
 */
export function readOrphans(config: AptConfig): Promise<readonly string[] | undefined> {
  const key = digestOf({ env: config.env, installed: installedKeyOf(config) });
  if (latest?.key !== key) latest = { key, keys: askOrphans(config) };
  return latest.keys;
}

async function askOrphans({ env }: AptConfig): Promise<readonly string[] | undefined> {
  const { code, stdout } = await run("/usr/bin/apt-get", ARGUMENTS, { env });
  if (code !== 0) return undefined;
  return [...stdout.matchAll(/^(?:Remv|Purg) (\S+)/gm)].flatMap(([, key]) => key ?? []).sort();
}
