import type { SignatureDemand } from "../../../schema/model/artifact.ts";
import type { PacmanConfig } from "../machine/config.ts";
import type { PacmanState } from "../machine/observe.ts";

/** What carries a transaction out, besides steps and artifacts: all of it known when it was resolved. */
export interface Payload {
  /** Lines of `[options]` for a pacman.conf of one run, but for the folders of that run. */
  readonly options: string;
  readonly root: string;
  readonly database: string;
  /** Packages that something pushes out that comes. */
  readonly conflicts: readonly string[];
  /** Folders of the database that say no package, and have to go before it is installed anew. */
  readonly stubs: readonly string[];
  /** What pacman.conf demands of signatures where no repository says otherwise. */
  readonly demand: SignatureDemand;
  /** Whether the root has what the last check runs with. */
  readonly checks: boolean;
}

/** What a hook runs: pacman starts hooks inside of the root. */
const CHECKER = ["bin/sh", "usr/bin/sha256sum"];

export function payloadOf(
  { config, local }: PacmanState,
  conflicts: readonly string[],
  exists: (path: string) => boolean,
): Readonly<Record<"pacman", string>> {
  const payload: Payload = {
    options: optionsOf(config),
    root: config.root,
    database: config.database,
    conflicts,
    stubs: local.broken.filter(({ kind }) => kind === "stub").map(({ folder }) => folder),
    demand: { need: config.sigLevel.package, trustAll: config.sigLevel.packageTrustAll },
    checks: config.root === "/" || CHECKER.every((name) => exists(config.root + name)),
  };
  return { pacman: JSON.stringify(payload) };
}

/** Reads back what `payloadOf` made. */
export function readPayload(payload: Readonly<Record<string, string>> | undefined): Payload {
  return JSON.parse(payload?.pacman ?? "{}") as Payload;
}

/**
 * The machine's own folders, keys, hooks and ways to unpack, and none of its repositories: what is not in the plan cannot come.
 * What pacman.conf says to leave alone, omg has seen to.
 */
function optionsOf(config: PacmanConfig): string {
  return [
    `RootDir = ${config.root}`,
    `DBPath = ${config.database}`,
    ...config.caches.map((folder) => `CacheDir = ${folder}`),
    `LogFile = ${config.logFile}`,
    `GPGDir = ${config.keyring}`,
    ...config.hooks.map((folder) => `HookDir = ${folder}`),
    ...(config.architectures.length === 0 ? [] : [`Architecture = ${config.architectures.join(" ")}`]),
    ...config.unpacking,
  ].join("\n");
}
