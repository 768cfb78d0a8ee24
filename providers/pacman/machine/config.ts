import { machine } from "node:os";
import { type ConfigFiles, type Directive, readConfigFiles } from "./config-file.ts";
import { DEFAULT_SIG_LEVEL, type SigLevel, withSigLevel } from "./sig-level.ts";

/** A repository as pacman.conf has it. */
export interface Repository {
  readonly name: string;
  /** Addresses of its folder, `$repo` and `$arch` filled in. */
  readonly servers: readonly string[];
  readonly sigLevel: SigLevel;
  /** Whether packages may be taken from it without naming it. */
  readonly installs: boolean;
  /** Whether upgrades may be taken from it. */
  readonly upgrades: boolean;
}

/** What of pacman's configuration omg goes by. Folders end in a slash. */
export interface PacmanConfig {
  readonly path: string;
  /** Every file that it was read from. */
  readonly files: readonly string[];
  readonly root: string;
  readonly database: string;
  readonly caches: readonly string[];
  readonly logFile: string;
  readonly keyring: string;
  readonly hooks: readonly string[];
  /** Empty: pacman takes packages of any architecture. */
  readonly architectures: readonly string[];
  readonly ignorePackages: readonly string[];
  readonly ignoreGroups: readonly string[];
  readonly holdPackages: readonly string[];
  readonly sigLevel: SigLevel;
  readonly repositories: readonly Repository[];
  /** Lines of `[options]` that say how packages are unpacked: `NoUpgrade`, `NoExtract`, `CheckSpace`, `UseSyslog`. */
  readonly unpacking: readonly string[];
}

export const DEFAULT_CONFIG = "/etc/pacman.conf";
const UNPACKING = ["NoUpgrade", "NoExtract", "CheckSpace", "UseSyslog"];

/** Reads pacman.conf and everything it includes. Errors: those of `readConfigFiles`. */
export function readPacmanConfig(path: string = DEFAULT_CONFIG): PacmanConfig {
  return configFrom(path, readConfigFiles(path), machine());
}

/** `native`: what `Architecture = auto` stands for. Pure. */
function configFrom(path: string, { directives, repositories, files }: ConfigFiles, native: string): PacmanConfig {
  const options = directives.filter(({ section }) => section === "options");
  const last = (key: string) => options.findLast((one) => one.key === key)?.value;
  const words = (key: string) => wordsOf(options, key);
  const root = folder(last("RootDir") ?? "/");
  const architectures = [...new Set(words("Architecture").map((word) => (word === "auto" ? native : word)))];
  const caches = valuesOf(options, "CacheDir").map(folder);
  const hooks = valuesOf(options, "HookDir").map(folder);
  const sigLevel = levelOf(options, DEFAULT_SIG_LEVEL);
  return {
    path,
    files,
    root,
    database: folder(last("DBPath") ?? `${root}var/lib/pacman/`),
    caches: caches.length > 0 ? caches : ["/var/cache/pacman/pkg/"],
    logFile: last("LogFile") ?? `${root}var/log/pacman.log`,
    keyring: folder(last("GPGDir") ?? "/etc/pacman.d/gnupg/"),
    hooks: hooks.length > 0 ? hooks : ["/etc/pacman.d/hooks/"],
    architectures,
    ignorePackages: words("IgnorePkg"),
    ignoreGroups: words("IgnoreGroup"),
    holdPackages: words("HoldPkg"),
    sigLevel,
    repositories: repositories.map((name) => repositoryOf(name, directives, sigLevel, architectures[0] ?? native)),
    unpacking: options.filter(({ key }) => UNPACKING.includes(key)).map(lineOf),
  };
}

function repositoryOf(name: string, directives: readonly Directive[], general: SigLevel, arch: string): Repository {
  const own = directives.filter(({ section }) => section === name);
  const usage = wordsOf(own, "Usage");
  const may = (use: string) => usage.length === 0 || usage.includes(use) || usage.includes("All");
  return {
    name,
    servers: valuesOf(own, "Server").map((server) =>
      server.replaceAll("$repo", name).replaceAll("$arch", arch).replace(/\/+$/, ""),
    ),
    sigLevel: levelOf(own, general),
    installs: may("Install"),
    upgrades: may("Upgrade"),
  };
}

function levelOf(directives: readonly Directive[], from: SigLevel): SigLevel {
  return valuesOf(directives, "SigLevel").reduce(withSigLevel, from);
}

function valuesOf(directives: readonly Directive[], key: string): readonly string[] {
  return directives.flatMap((one) => (one.key === key && one.value !== undefined ? [one.value] : []));
}

/** Values of one or several lines, words apart. */
function wordsOf(directives: readonly Directive[], key: string): readonly string[] {
  return valuesOf(directives, key).flatMap((value) => value.split(/\s+/).filter((word) => word !== ""));
}

function folder(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

function lineOf({ key, value }: Directive): string {
  return value === undefined ? key : `${key} = ${value}`;
}
