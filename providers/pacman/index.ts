import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answersAlpmRequest, compareAlpmVersions } from "../../host/alpm-version.ts";
import { OmgError } from "../../schema/error.ts";
import type { PackageBuilder } from "../../schema/model/builder.ts";
import type { FetchedNames } from "../../schema/model/catalog.ts";
import type { Change } from "../../schema/model/change.ts";
import type { Offers } from "../../schema/model/inventory.ts";
import type { Detection, LockProposal, Provider, ResolveOptions } from "../../schema/model/provider.ts";
import type { Observed } from "../../schema/model/resource.ts";
import type { Transaction } from "../../schema/model/transaction.ts";
import { notesFromLog } from "./act/afterwards.ts";
import { operationsFor } from "./act/operations.ts";
import { refreshOperations } from "./act/refresh.ts";
import { repairOperations } from "./act/repair.ts";
import { catalogOf } from "./ask/catalog.ts";
import { inventoryThrough, orphansThrough } from "./ask/inventory.ts";
import { newerThrough } from "./ask/newer.ts";
import { offersOf } from "./ask/offers.ts";
import { desiredOf, SECTIONS } from "./desired.ts";
import { cacheSupplier } from "./fetch/caches.ts";
import { examine } from "./health/examine.ts";
import { busyWith } from "./machine/busy.ts";
import { DEFAULT_CONFIG, type PacmanConfig, readPacmanConfig } from "./machine/config.ts";
import { fingerprintOf } from "./machine/fingerprint.ts";
import { hasPackages, installedVersions } from "./machine/local.ts";
import { observedFrom, type PacmanState, readState } from "./machine/observe.ts";
import { observedThrough } from "./machine/observed-cache.ts";
import { protectionOf } from "./machine/protection.ts";
import { builtPins } from "./pins/built.ts";
import { proposeCapture } from "./pins/capture.ts";
import { proposeLock } from "./pins/propose.ts";
import { answersAmong } from "./relations.ts";
import type { FindBuilt } from "./solve/choose.ts";
import { resolveChanges } from "./solve/resolve.ts";
import { PACMAN } from "./solve/run-as-root.ts";
import { type Listing, type Source, sourcesOf } from "./sync/databases.ts";
import { listingOf } from "./sync/kept-listing.ts";
import { openMarket } from "./sync/market.ts";

export interface PacmanOptions {
  /** Another configuration than the machine's; only where root itself asked for it. */
  readonly config?: string;
  /** Folder of this user's for answers that can be had again; absent: none are kept. */
  readonly cache?: string;
  /** omg's own folder of databases, with a slash behind, the same for every user. */
  readonly databases: string;
  /** Where the repositories' state of a day is, as config.toml has it. */
  readonly archive?: () => Promise<string | undefined>;
  /** Who builds what no repository has; called where that is needed. */
  readonly builder?: () => Promise<PackageBuilder>;
  /** Names of what the builder could build. */
  readonly names?: FetchedNames;
  /** How long fetching the databases may take, in seconds, as config.toml has it. */
  readonly refreshLimit?: () => Promise<number | undefined>;
}

/** Arch packages, by way of the machine's own pacman. */
export function createPacmanProvider(options: PacmanOptions): Provider {
  const { cache, databases } = options;
  const started = Date.now();
  const read = () => readPacmanConfig(options.config ?? DEFAULT_CONFIG);
  const state = () => readState(read());
  return {
    name: "pacman",
    sections: SECTIONS,
    scope: "system",
    versioning: { compare: compareAlpmVersions, satisfies: answersAlpmRequest },
    detect: async () => detect(options),
    desired: desiredOf,
    observe: async () => {
      const config = read();
      const sources = sourcesOf(config, databases);
      return observedThrough(cache, config, sources, async () => {
        const seen = readState(config);
        const listing = await listingIfAny(cache, sources);
        const observed = observedFrom(seen, protectionOf(config, seen.local.packages), listing?.listed);
        return { observed, whole: listing !== undefined };
      });
    },
    watched: async () => [`${read().database}local`],
    fingerprint: async () => {
      const config = read();
      return fingerprintOf(config, sourcesOf(config, databases), cache);
    },
    resolve: (changes, observed, resolve) => resolveWith(options, state, changes, observed, resolve),
    build: async (artifacts, means) => {
      const { local } = state();
      const answers = answersAmong(local.packages.values());
      const isMet = (relation: string) => answers.to(relation).length > 0;
      return (await options.builder?.())?.build(artifacts, isMet, means) ?? 0;
    },
    suppliers: async () => [cacheSupplier(read())],
    operations: operationsFor,
    examine: async () => examine(read(), databases),
    incomplete: async (steps) => {
      const { incompleteAmong } = await import("./act/incomplete.ts");
      return incompleteAmong(steps, state());
    },
    afterwards: async () => notesFromLog(read(), started),
    busy: async () => busyWith(read().database),
    repair: async (observed, interrupted, workspace) => {
      if (observed.interrupted.length === 0 && interrupted === undefined) return [];
      return repairOperations({ state: state(), workspace, ...(interrupted ?? {}) });
    },
    refresh: async () => refreshOperations(read(), databases, await options.refreshLimit?.()),
    propose: (input) => proposeWith(options, state, input),
    catalog: async () => catalogOf(read(), databases, options.names?.part()),
    ...(options.names === undefined ? {} : { fetchNames: options.names.fetch }),
    inventory: async (wish) =>
      wish?.items === "orphans" ? orphansThrough(cache, read()) : inventoryThrough(cache, read()),
    licenses: async (names) => {
      const { licensesOfInstalled } = await import("./licenses.ts");
      const { config, local } = state();
      return licensesOfInstalled(config.database, local, names);
    },
    licensesOf: async (artifacts, pathOf) => {
      const { licensesOfArtifacts } = await import("./licenses.ts");
      return licensesOfArtifacts(artifacts, pathOf);
    },
    offers: (names, wish = { facts: true }) => offersWith(options, names, wish),
    newer: async () => {
      const config = read();
      return newerThrough(cache, config, sourcesOf(config, databases));
    },
  };
}

const NO_RECORDS = { artifact: () => undefined, stored: () => false };

/** Whether packages are managed with pacman here. The program alone says nothing: other distributions have it to build packages with. */
export function detect({ config }: Pick<PacmanOptions, "config">): Detection {
  if (!existsSync(PACMAN)) return { available: false, reason: `there is no ${PACMAN}` };
  if (config !== undefined) return { available: true };
  if (!existsSync(DEFAULT_CONFIG)) return { available: false, reason: `there is no ${DEFAULT_CONFIG}` };
  if (hasPackages(readPacmanConfig().database)) return { available: true };
  return { available: false, reason: "nothing here was installed with pacman" };
}

async function offersWith(
  { config: path, cache, databases }: PacmanOptions,
  names: ReadonlySet<string>,
  { facts }: { readonly facts: boolean },
): Promise<ReadonlyMap<string, Offers>> {
  const config = readPacmanConfig(path ?? DEFAULT_CONFIG);
  const sources = sourcesOf(config, databases);
  const installed = installedVersions(config.database);
  const market = () => openMarket(config, NO_RECORDS, sources);
  if (facts) {
    const { databases: all, providersOf } = await market();
    return offersOf(names, { sources, installed, offersOf: all.offersOf, providersOf });
  }
  const { listed } = await listingOf(cache, sources);
  return offersOf(names, { sources, installed, offersOf: (name) => listed.get(name) ?? [], providersOf: () => [] });
}

/** What only the databases can tell stays open where they cannot be read, or were never fetched; the packages themselves are known without. */
async function listingIfAny(cache: string | undefined, sources: readonly Source[]): Promise<Listing | undefined> {
  try {
    const listing = await listingOf(cache, sources);
    return listing.missing.length === 0 ? listing : undefined;
  } catch (error) {
    if (error instanceof OmgError) return undefined;
    throw error;
  }
}

/** What counts as offered: what was fetched last, or what there was on the day that the lock names. */
async function sourcesFor(
  options: PacmanOptions,
  config: PacmanConfig,
  snapshot: string | undefined,
): Promise<readonly Source[]> {
  if (snapshot === undefined) return sourcesOf(config, options.databases);
  const { ARCHIVE, snapshotSources } = await import("./sync/snapshot.ts");
  const archive = (await options.archive?.()) ?? ARCHIVE;
  const folder =
    options.cache === undefined
      ? join(scratchFolder(undefined), `omg-pacman-${process.geteuid?.() ?? 0}`)
      : join(options.cache, "pacman-days");
  return snapshotSources({ config, id: snapshot, archive, folder });
}

async function resolveWith(
  own: PacmanOptions,
  state: () => PacmanState,
  changes: readonly Change[],
  observed: Observed,
  options: ResolveOptions,
): Promise<Transaction> {
  if (changes.length === 0) return { provider: "pacman", steps: [], artifacts: [], problems: [], notes: [] };
  const seen = state();
  const market = await openMarket(
    seen.config,
    options.records,
    await sourcesFor(own, seen.config, options.settings?.snapshot),
  );
  const { cache, builder } = own;
  const { kept } = options;
  const built: FindBuilt = async (change) => {
    if (builder === undefined) throw new RangeError("nobody here builds packages");
    const { builtOrToBuild } = await import("./sync/built.ts");
    return builtOrToBuild(change, { builder: await builder(), ...(kept === undefined ? {} : { kept }) });
  };
  const scratch = scratchFolder(cache);
  return resolveChanges(changes, { state: seen, market, observed, options, scratch, built });
}

async function proposeWith(
  options: PacmanOptions,
  state: () => PacmanState,
  { lock, observed, records, update }: Parameters<Provider["propose"]>[0],
): Promise<LockProposal> {
  const seen = state();
  const snapshot = lock === undefined ? undefined : desiredOf(lock).settings?.snapshot;
  const market = await openMarket(seen.config, records, await sourcesFor(options, seen.config, snapshot));
  if (lock === undefined) return proposeCapture(observed, market);
  const scratch = scratchFolder(options.cache);
  const ofOneDay = snapshot === undefined ? {} : { snapshot: true };
  const input = { state: seen, market, scratch, ...ofOneDay, ...(update && { update }) };
  return proposeLock(lock, { ...input, built: await builtPins(lock, options, input) });
}

/** Root never uses a folder that others can write to, whatever its environment says. */
function scratchFolder(cache: string | undefined): string {
  return process.geteuid?.() === 0 ? (cache ?? "/run/omg") : tmpdir();
}
