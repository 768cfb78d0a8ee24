import { existsSync } from "node:fs";
import { compareDebianVersions, satisfiesRequest } from "../../host/debian-version.ts";
import { CLEAN_ENV } from "../../host/run.ts";
import { OmgError } from "../../schema/error.ts";
import type { Change } from "../../schema/model/change.ts";
import type { Detection, InterruptedRun, LockProposal, Provider, ResolveOptions } from "../../schema/model/provider.ts";
import type { Observed } from "../../schema/model/resource.ts";
import type { Operation, Transaction } from "../../schema/model/transaction.ts";
import { operationsFor, type Program } from "./act/operations.ts";
import { repairOperations } from "./act/repair.ts";
import { desiredOf } from "./desired.ts";
import { busyWith } from "./machine/busy.ts";
import { readAptConfig } from "./machine/config.ts";
import { type AptState, observedFrom, readAptState } from "./machine/observe.ts";
import { protectionOf } from "./machine/protection.ts";
import { readStatus } from "./machine/status.ts";
import { fingerprintOf } from "./offers/fingerprint.ts";
import { openMarket } from "./offers/open-market.ts";
import { type Survey, surveyOf } from "./offers/survey.ts";
import { surveyedThrough } from "./offers/survey-cache.ts";
import { proposeCapture } from "./pins/capture.ts";
import { proposeLock } from "./pins/propose.ts";
import { resolveChanges } from "./solve/resolve.ts";
import { scratchFolder } from "./solve/scratch.ts";
import { indexDigests } from "./sources/index-digests.ts";
import { openLists } from "./sources/lists.ts";

export interface AptOptions {
  /** Another configuration than the machine's; only where root itself asked for it. */
  readonly env: { readonly APT_CONFIG?: string };
  /** Absolute path of the Node that runs the hook. */
  readonly node: string;
  /** Absolute path of the bundle of `hook.ts`. */
  readonly hook: string;
  /** Folder of this user's for answers that can be had again; absent: none are kept. */
  readonly cache?: string;
}

const APT_GET = "/usr/bin/apt-get";

/** Nobody is there to answer: questions take their defaults, and changed configuration files stay as they are. */
const UNATTENDED = {
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
    versioning: { compare: compareDebianVersions, satisfies: satisfiesRequest },
    detect: () => detect(env),
    desired: desiredOf,
    observe: async () => {
      const config = await readAptConfig(env);
      const state = readAptState(config);
      return surveyedThrough(options.cache, observedFrom(state, protectionOf(config)), state, () => survey(state));
    },
    fingerprint: async () => fingerprintOf(await readAptConfig(env)),
    resolve: (changes, observed, resolve) => resolveWith(options, changes, observed, resolve),
    operations: (transaction, workspace) => operationsFor(transaction, workspace, program),
    busy: async () => busyWith(await readAptConfig(env)),
    repair: (observed, interrupted, workspace) => repairWith(observed, interrupted, workspace, program),
    propose: (input) => proposeWith(options, input),
  };
}

async function detect(env: AptOptions["env"]): Promise<Detection> {
  if (!existsSync(APT_GET)) return { available: false, reason: `there is no ${APT_GET}` };
  const { paths } = await readAptConfig(env);
  if (!existsSync(paths.dpkg)) return { available: false, reason: `there is no ${paths.dpkg}` };
  return { available: true };
}

/** What only the package lists can tell stays open where they cannot be read; the packages themselves are known without. */
async function survey(state: AptState): Promise<Survey | undefined> {
  try {
    return surveyOf(state, await openLists(state.config));
  } catch (error) {
    if (error instanceof OmgError) return undefined;
    throw error;
  }
}

async function resolveWith(
  { env, cache }: AptOptions,
  changes: readonly Change[],
  observed: Observed,
  options: ResolveOptions,
): Promise<Transaction> {
  if (changes.length === 0) return { provider: "apt", steps: [], artifacts: [], problems: [], notes: [] };
  const config = await readAptConfig(env);
  const { market } = await openMarket(
    config,
    changes.map(({ name }) => name),
  );
  return resolveChanges(changes, { config, market, observed, options, scratch: scratchFolder(cache) });
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

async function proposeWith(
  { env, cache }: AptOptions,
  { lock, observed, records }: Parameters<Provider["propose"]>[0],
): Promise<LockProposal> {
  const config = await readAptConfig(env);
  const { market, lists } = await openMarket(config, Object.keys(lock?.packages.apt?.packages ?? {}));
  const indexes = await indexDigests(lists.targets, config.architecture);
  if (lock === undefined) return { ...proposeCapture({ market, observed, records }), indexes };
  const installed = readStatus(config).packages;
  const scratch = scratchFolder(cache);
  return { ...(await proposeLock(lock, { config, market, observed, records, installed, scratch })), indexes };
}
