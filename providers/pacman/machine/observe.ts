import type { Observed, ObservedResource } from "../../../schema/model/resource.ts";
import type { Listed } from "../sync/database.ts";
import { busyWith, isLocked } from "./busy.ts";
import type { PacmanConfig } from "./config.ts";
import { type BrokenEntry, type LocalDatabase, type LocalPackage, readLocal } from "./local.ts";
import { matchesAny } from "./patterns.ts";
import { type Protection, protectedReason } from "./protection.ts";
import { orphansAmong } from "./unneeded.ts";
import { updatesOf } from "./updates.ts";

type ListedByName = ReadonlyMap<string, readonly Listed[]>;

/** Everything that pacman remembers of this machine. */
export interface PacmanState {
  readonly config: PacmanConfig;
  readonly local: LocalDatabase;
  /** A lock that nobody holds any more. */
  readonly staleLock: boolean;
}

/** Reads the files. System errors pass. */
export function readState(config: PacmanConfig): PacmanState {
  const { database } = config;
  return { config, local: readLocal(database), staleLock: isLocked(database) && busyWith(database) === undefined };
}

/** The machine's packages as resources. `listed`: absent where the repositories could not be read. Pure. */
export function observedFrom(
  { config, local, staleLock }: PacmanState,
  protection: Protection,
  listed?: ListedByName,
): Observed {
  const installed = [...local.packages.values()];
  const resources = [
    ...installed.map((found) => resourceOf(found, protection, listed)),
    ...local.broken.map(brokenResource),
  ];
  const updates = listed === undefined ? undefined : updatesOf(installed, listed, config);
  return {
    provider: "pacman",
    resources: new Map(resources.map((resource) => [resource.name, resource])),
    interrupted: [
      ...(staleLock ? ["pacman's database is locked (db.lck) by a run that is gone"] : []),
      ...local.broken.filter(({ kind }) => kind === "stub").map(({ name, reason }) => `${name}: ${reason}`),
    ],
    counts: {
      total: installed.length,
      explicit: installed.filter(({ auto }) => !auto).length,
      orphans: orphansAmong(local.packages).length,
      ...(updates === undefined ? {} : { updates: updates.filter(({ ignored }) => !ignored).length }),
    },
  };
}

function resourceOf(found: LocalPackage, protection: Protection, listed: ListedByName | undefined): ObservedResource {
  const { name, version, auto } = found;
  const protectedBy = protectedReason(found, protection);
  const offered = listed?.get(name);
  return {
    name,
    health: "installed",
    attributes: { version, auto },
    requested: !auto,
    ...(listed === undefined
      ? {}
      : {
          foreign: offered === undefined,
          origins: (offered ?? []).filter((one) => one.version === version).map(({ repository }) => repository),
        }),
    ...(protectedBy === undefined ? {} : { protectedBy }),
  };
}

/** What is not known of it is not invented: neither its reason nor where it came from. */
function brokenResource({ name, version, kind, reason }: BrokenEntry): ObservedResource {
  const health = kind === "stub" ? "needs-repair" : "unavailable";
  return { name, health, reason, attributes: { version }, requested: false };
}

/** Names that pacman.conf says to leave alone, of those that are asked about. Pure. */
export function ignoredAmong(names: readonly string[], { local, config }: PacmanState): ReadonlySet<string> {
  const groups = (name: string) => local.packages.get(name)?.groups ?? [];
  const ignored = (name: string) =>
    matchesAny(config.ignorePackages, name) || groups(name).some((group) => matchesAny(config.ignoreGroups, group));
  return new Set(names.filter(ignored));
}
