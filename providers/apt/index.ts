import { existsSync } from "node:fs";
import { compareDebianVersions, satisfiesRequest } from "../../host/debian-version.ts";
import { CLEAN_ENV } from "../../host/run.ts";
import { OmgError } from "../../schema/error.ts";
import type { Change } from "../../schema/model/change.ts";
import type { Detection, InterruptedRun, LockProposal, Provider, ResolveOptions } from "../../schema/model/provider.ts";
import type { Observed } from "../../schema/model/resource.ts";
import type { Operation, Transaction } from "../../schema/model/transaction.ts";
import { operationsFor, type Program } from "./act/operations.ts";
import { refreshOperation } from "./act/refresh.ts";
import { repairOperations } from "./act/repair.ts";
import { catalogOf } from "./ask/catalog.ts";
import { offersOf } from "./ask/offers.ts";
import { readOrphans } from "./ask/orphans.ts";
import { shelfOf } from "./ask/shelf.ts";
import { desiredOf } from "./desired.ts";
import { examine } from "./health/examine.ts";
import { busyWith } from "./machine/busy.ts";
import { readAptConfig } from "./machine/config.ts";
import { type AptState, observedFrom, readAptState } from "./machine/observe.ts";
import { protectionOf } from "./machine/protection.ts";
import { isInstalled, readStatus } from "./machine/status.ts";
import { notesAfter } from "./machine/surroundings.ts";
import { fingerprintOf } from "./offers/fingerprint.ts";
import { explained, pinsIn, pinsOf, withKept } from "./offers/kept-market.ts";
import { observedThrough } from "./offers/observed-cache.ts";
import { openMarket } from "./offers/open-market.ts";
import { type Survey, surveyOf, withSurvey } from "./offers/survey.ts";
import { proposeAtSnapshot } from "./pins/at-snapshot.ts";
import { proposeCapture } from "./pins/capture.ts";
import { evidenceOf } from "./pins/evidence.ts";
import { presentOf } from "./pins/present.ts";
import { proposeLock } from "./pins/propose.ts";
import { resolveChanges } from "./solve/resolve.ts";
import { overlayFolder, scratchFolder } from "./solve/scratch.ts";
import { indexDigests } from "./sources/index-digests.ts";
import { openLists } from "./sources/lists.ts";
import { configAsPlanned, configForLock, type Elsewhere } from "./sources/seen.ts";
import type { SnapshotAddresses } from "./sources/snapshot-address.ts";
import { SOURCES } from "./sources/upcoming.ts";

export interface AptOptions {
  /** Another configuration than the machine's; only where root itself asked for it. */
  readonly env: { readonly APT_CONFIG?: string };
  /** Absolute path of the Node that runs the hook. */
  readonly node: string;
  /** Absolute path of the bundle of `hook.ts`. */
  readonly hook: string;
  /** Folder of this user's for answers that can be had again; absent: none are kept. */
  readonly cache?: string;
  /** Addresses of snapshot archives by name of the source, as config.toml has them. */
  readonly snapshots?: () => Promise<SnapshotAddresses>;
  /** How long fetching the lists may take, in seconds; undefined where config.toml is silent. */
  readonly refreshLimit?: () => Promise<number | undefined>;
}

const APT_GET = "/usr/bin/apt-get";

/** Nobody is there to answer: questions take their defaults, and changed configuration files stay as they are. */
export const UNATTENDED = {
  PATH: CLEAN_ENV.PATH ?? "",
  LC_ALL: "C.UTF-8",
  HOME: "/root",
  DEBIAN_FRONTEND: "noninteractive",
  APT_LISTCHANGES_FRONTEND: "none",
  APT_LISTBUGS_FRONTEND: "none",
  UCF_FORCE_CONFFOLD: "1",
};

/** Debian packages, by way of the machine's own apt and dpkg. */
export function createAptProvider(options: AptOptions): Provider {
  const env = { ...options.env };
  const program: Program = { node: options.node, hook: options.hook, env: { ...UNATTENDED, ...env } };
  return {
    name: "apt",
    scope: "system",
    buildsOn: SOURCES,
    versioning: { compare: compareDebianVersions, satisfies: satisfiesRequest },
    detect: () => detect(options),
    desired: desiredOf,
    observe: async () => {
      const config = await readAptConfig(env, options.cache);
      return observedThrough(options.cache, config, async () => {
        const state = readAptState(config);
        const observed = observedFrom(state, protectionOf(config));
        const found = await survey(state);
        return { observed: found === undefined ? observed : withSurvey(observed, found), whole: found !== undefined };
      });
    },
    watched: async () => {
      const { paths } = await readAptConfig(env, options.cache);
      return [paths.status, paths.extendedStates];
    },
    fingerprint: async () => fingerprintOf(await readAptConfig(env, options.cache)),
    resolve: (changes, observed, resolve) => resolveWith(options, changes, observed, resolve),
    suppliers: async ({ signal }) => {
      const { aptSuppliers } = await import("./fetch/suppliers.ts");
      return aptSuppliers({ env, signal, ...(options.cache === undefined ? {} : { cache: options.cache }) });
    },
    operations: (transaction, workspace) => operationsFor(transaction, workspace, program),
    examine: async (now) => examine(await readAptConfig(env), now),
    afterwards: async (transaction) => notesAfter(await readAptConfig(env), transaction),
    busy: async () => busyWith(await readAptConfig(env, options.cache)),
    repair: (observed, interrupted, workspace) => repairWith(observed, interrupted, workspace, program),
    refresh: async () => [refreshOperation(program.env, await options.refreshLimit?.())],
    propose: (input) => proposeWith(options, input),
    evidence: async (indexes) => presentOf(await readAptConfig(env, options.cache), indexes),
    catalog: async () => catalogOf(await readAptConfig(env, options.cache)),
    inventory: async (wish) => {
      const { inventoryThroughCache } = await import("./ask/kept-inventory.ts");
      return inventoryThroughCache(await readAptConfig(env, options.cache), wish);
    },
    licenses: async (names) => {
      const { licensesOfInstalled } = await import("./licenses/index.ts");
      return licensesOfInstalled(await readAptConfig(env, options.cache), names);
    },
    licensesOf: async (artifacts, pathOf) => {
      const { licensesOfArtifacts } = await import("./licenses/index.ts");
      return licensesOfArtifacts(await readAptConfig(env, options.cache), artifacts, pathOf);
    },
    offers: async (names, wish) => offersOf(await readAptConfig(env, options.cache), names, wish),
    shelf: async () => shelfOf(await readAptConfig(env, options.cache)),
  };
}

/** Whether this machine has apt and dpkg. */
export async function detect({ env, cache }: AptOptions): Promise<Detection> {
  if (!existsSync(APT_GET)) return { available: false, reason: `there is no ${APT_GET}` };
  const { paths } = await readAptConfig(env, cache);
  if (!existsSync(paths.dpkg)) return { available: false, reason: `there is no ${paths.dpkg}` };
  return { available: true };
}

/** What only the package lists can tell stays open where they cannot be read; the packages themselves are known without. */
async function survey(state: AptState): Promise<Survey | undefined> {
  try {
    const [lists, orphans] = await Promise.all([openLists(state.config), readOrphans(state.config)]);
    return { ...surveyOf(state, lists), ...(orphans !== undefined && { orphans: orphans.length }) };
  } catch (error) {
    if (error instanceof OmgError) return undefined;
    throw error;
  }
}

async function resolveWith(
  apt: AptOptions,
  changes: readonly Change[],
  observed: Observed,
  options: ResolveOptions,
): Promise<Transaction> {
  if (changes.length === 0) return { provider: "apt", steps: [], artifacts: [], problems: [], notes: [] };
  const { env, cache } = apt;
  const config = await configAsPlanned(await readAptConfig(env, cache), options, elsewhereOf(apt));
  const open = await openMarket(
    config,
    changes.map(({ name }) => name),
  );
  const { records, indexes, kept } = options;
  const from = { config, records, indexes, kept, snapshots: apt.snapshots };
  const { market, absent } = await withKept(open, pinsOf(changes), from);
  const scratch = scratchFolder(cache);
  const transaction = await resolveChanges(changes, { config, market, observed, options, scratch });
  return explained(transaction, absent, config.snapshot?.time);
}

async function repairWith(
  observed: Observed,
  interrupted: InterruptedRun | undefined,
  workspace: string,
  program: Program,
): Promise<readonly Operation[]> {
  if (observed.interrupted.length === 0 && interrupted === undefined) return [];
  const config = await readAptConfig(program.env);
  const { packages } = readStatus(config);
  const transaction = interrupted === undefined ? {} : { transaction: interrupted.transaction };
  return repairOperations(
    { config, packages, interrupted: observed.interrupted.length > 0, ...transaction, workspace },
    program,
  );
}

/** Where other sources than the machine's are looked at. */
function elsewhereOf({ cache, snapshots }: AptOptions): Elsewhere {
  return { folder: overlayFolder(cache), ...(snapshots === undefined ? {} : { snapshots }) };
}

async function proposeWith(
  apt: AptOptions,
  { lock, observed, records, kept, update }: Parameters<Provider["propose"]>[0],
): Promise<LockProposal> {
  const { env, cache } = apt;
  const machine = await readAptConfig(env, cache);
  const config = lock === undefined ? machine : await configForLock(machine, lock, elsewhereOf(apt));
  const pinned = update === undefined ? {} : lock?.pins.apt;
  const open = await openMarket(config, Object.keys({ ...pinned, ...lock?.packages.apt?.packages }));
  const before = lock?.indexes ?? {};
  const from = { config, records, indexes: before, kept, snapshots: apt.snapshots };
  const { market } = await withKept(open, lock === undefined ? [] : pinsIn(lock), from);
  // Configuration files that a removed package left answer no request, and keep no dependency.
  const installed = new Map([...readStatus(config).packages].filter(([, found]) => isInstalled(found)));
  const scratch = scratchFolder(cache);
  const input = { config, market, observed, records, installed, scratch, ...(update && { update }) };
  const propose = config.snapshot === undefined ? proposeLock : proposeAtSnapshot;
  const proposed = lock === undefined ? proposeCapture({ market, observed, records }) : await propose(lock, input);
  const { targets } = open.lists;
  const { architecture } = config;
  const today = await indexDigests(open.lists, architecture);
  const evidence = { pins: proposed.pins, market, targets, today, before, find: kept, architecture };
  return { ...proposed, ...(await evidenceOf(evidence)) };
}
