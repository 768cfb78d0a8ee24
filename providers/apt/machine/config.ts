import { canonical } from "../../../host/canonical-json.ts";
import { CLEAN_ENV } from "../../../host/run.ts";
import { readDump } from "./config-dump.ts";
import {
  type ConfigNode,
  flagOf,
  folderOf,
  listOf,
  lookup,
  parseDump,
  pathOf,
  settingOf,
} from "./configuration-tree.ts";

/** Files and folders that apt works with, absolute. Folders end in a slash; empty where apt has none. */
export interface AptPaths {
  readonly status: string;
  /** dpkg's own folder: where `status` lies. Ends in a slash, as `updates` and `info` below it do. */
  readonly admin: string;
  readonly updates: string;
  readonly info: string;
  readonly extendedStates: string;
  readonly lists: string;
  readonly archives: string;
  readonly sourceList: string;
  readonly sourceParts: string;
  readonly preferences: string;
  readonly preferencesParts: string;
  readonly trusted: string;
  readonly trustedParts: string;
  readonly log: string;
  readonly dpkg: string;
}

/** apt's configuration as far as omg reads it. */
export interface AptConfig {
  /** The environment to start every program of apt with, so that it sees this configuration. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder of this user's for answers that can be had again; absent: none are kept. */
  readonly cache?: string;
  /** The dump that all this was read from, for the fingerprint. */
  readonly dump: string;
  readonly tree: ConfigNode;
  readonly architecture: string;
  readonly foreignArchitectures: readonly string[];
  readonly recommends: boolean;
  /** `APT::Default-Release`; absent when not set. */
  readonly defaultRelease?: string;
  readonly paths: AptPaths;
  /** Options that apt passes to every run of dpkg. */
  readonly dpkgOptions: readonly string[];
  /** The folder that dpkg installs into: `/`, or what `--root=` or `--instdir=` says. */
  readonly dpkgRoot: string;
  /** Commands by the name of the hook, `DPkg::Post-Invoke`; only hooks that are set. */
  readonly hooks: Readonly<Record<string, readonly string[]>>;
  /** Proxy settings by name, `Acquire::http::Proxy`. */
  readonly proxies: Readonly<Record<string, string>>;
  /** Sources that are read as they were at one time; see snapshot-sources.ts. */
  readonly snapshot?: {
    /** RFC 3339. */
    readonly time: string;
    /** Addresses of these, with a slash at the end. */
    readonly archives: readonly string[];
  };
  /** Names of files in apt's folders that are passed over without a word. */
  readonly ignoreSilently: readonly RegExp[];
}

const HOOKS = [
  "DPkg::Pre-Invoke",
  "DPkg::Post-Invoke",
  "DPkg::Pre-Install-Pkgs",
  "APT::Update::Pre-Invoke",
  "APT::Update::Post-Invoke",
  "APT::Update::Post-Invoke-Success",
];

/**
 * apt's configuration, asked of apt itself where anything behind it has changed. `env` is added to a clean environment;
 * APT_CONFIG counts only when the caller passes it on. `cache`: a folder of this user's to keep the answer in between runs.
 * Errors: those of `readDump`.
 */
export async function readAptConfig(
  env: Readonly<Record<string, string>> = {},
  cache?: string | undefined,
): Promise<AptConfig> {
  const whole = { ...CLEAN_ENV, ...env };
  const dump = await readDump(whole, cache);
  const same = latest?.dump === dump && canonical(latest.env) === canonical(whole);
  if (!same || latest === undefined) latest = parseAptConfig(dump, whole);
  return cache === undefined ? latest : { ...latest, cache };
}

/** Most runs know one configuration, and ask for it several times. */
let latest: AptConfig | undefined;

/** The configuration in a dump that `apt-config dump --format DUMP_FORMAT` printed. Pure. */
export function parseAptConfig(dump: string, env: Readonly<Record<string, string>>): AptConfig {
  const tree = parseDump(dump);
  const architecture = settingOf(tree, "APT::Architecture");
  const dpkgOptions = listOf(tree, "DPkg::Options");
  const defaultRelease = settingOf(tree, "APT::Default-Release");
  return {
    env,
    dump,
    tree,
    architecture,
    foreignArchitectures: listOf(tree, "APT::Architectures").filter((arch) => arch !== architecture),
    recommends: flagOf(tree, "APT::Install-Recommends", true),
    ...(defaultRelease !== "" && { defaultRelease }),
    paths: pathsIn(tree),
    dpkgOptions,
    dpkgRoot: dpkgRootOf(dpkgOptions),
    hooks: hooksIn(tree),
    proxies: proxiesIn(tree),
    ignoreSilently: listOf(tree, "Dir::Ignore-Files-Silently").flatMap(toRegExp),
  };
}

function pathsIn(tree: ConfigNode): AptPaths {
  const status = pathOf(tree, "Dir::State::status");
  const admin = status.slice(0, status.lastIndexOf("/") + 1);
  return {
    status,
    admin,
    updates: `${admin}updates/`,
    info: `${admin}info/`,
    extendedStates: pathOf(tree, "Dir::State::extended_states"),
    lists: folderOf(tree, "Dir::State::lists"),
    archives: folderOf(tree, "Dir::Cache::archives"),
    sourceList: pathOf(tree, "Dir::Etc::sourcelist"),
    sourceParts: folderOf(tree, "Dir::Etc::sourceparts"),
    preferences: pathOf(tree, "Dir::Etc::preferences"),
    preferencesParts: folderOf(tree, "Dir::Etc::preferencesparts"),
    trusted: pathOf(tree, "Dir::Etc::trusted"),
    trustedParts: folderOf(tree, "Dir::Etc::trustedparts"),
    log: folderOf(tree, "Dir::Log"),
    dpkg: pathOf(tree, "Dir::Bin::dpkg"),
  };
}

/** dpkg(1): `--root` sets the admin and the installation folder, `--instdir` the latter alone; the last one counts. */
function dpkgRootOf(options: readonly string[]): string {
  const roots = options.flatMap((option) => /^--(?:root|instdir)=(.*)$/.exec(option)?.[1] ?? []);
  return roots.at(-1) ?? "/";
}

function hooksIn(tree: ConfigNode): Record<string, readonly string[]> {
  const hooks = HOOKS.map((name) => [name, listOf(tree, name)] as const);
  return Object.fromEntries(hooks.filter(([, commands]) => commands.length > 0));
}

/** `Acquire::http::Proxy`, and the form for one host, `Acquire::http::Proxy::host`. */
function proxiesIn(tree: ConfigNode): Record<string, string> {
  const found: Record<string, string> = {};
  for (const method of lookup(tree, "Acquire")?.children ?? []) {
    for (const setting of method.children.filter(({ name }) => /^proxy(?:-auto-detect)?$/i.test(name))) {
      const base = `Acquire::${method.name}::${setting.name}`;
      if (setting.value !== "") found[base] = setting.value;
      for (const host of setting.children) if (host.value !== "") found[`${base}::${host.name}`] = host.value;
    }
  }
  return found;
}

function toRegExp(pattern: string): RegExp[] {
  try {
    return [new RegExp(pattern)];
  } catch {
    return [];
  }
}
