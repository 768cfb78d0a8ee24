import { existsSync } from "node:fs";
import { compareDebianVersions, satisfiesRequest } from "../../host/debian-version.ts";
import { CLEAN_ENV } from "../../host/run.ts";
import { OmgError } from "../../schema/error.ts";
import type { Change } from "../../schema/model/change.ts";
import type { Detection, InterruptedRun, LockProposal, Provider, ResolveOptions } from "../../schema/model/provider.ts";
import type { Observed } from "../../schema/model/resource.ts";
import type { Operation, Transaction } from "../../schema/model/transaction.ts";
import { busyWith } from "./busy.ts";
import { proposeCapture } from "./capture.ts";
import { type AptConfig, readAptConfig } from "./config.ts";
import { desiredOf } from "./desired.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { indexDigests } from "./index-digests.ts";
import { openLists } from "./lists.ts";
import { type AptState, observedFrom, readAptState } from "./observe.ts";
import { openMarket } from "./open-market.ts";
import { operationsFor, type Program } from "./operations.ts";
import { proposeLock } from "./propose.ts";
import { protectionOf } from "./protection.ts";
import { repairOperations } from "./repair.ts";
import { resolveChanges } from "./resolve.ts";
import { readStatus } from "./status.ts";
import { surveyed } from "./survey.ts";
import { surveyedThrough } from "./survey-cache.ts";

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
  // What the last look at the machine was made with; repair has to be told by a look anyway.
  let seen: AptConfig | undefined;
  return {
    name: "apt",
    scope: "system",
    versioning: { compare: compareDebianVersions, satisfies: satisfiesRequest },
    detect: () => detect(env),
    desired: desiredOf,
    observe: async () => {
      seen = await readAptConfig(env);
      const state = readAptState(seen);
      const observed = observedFrom(state, protectionOf(seen));
      return surveyedThrough(options.cache, observed, state, () => withLists(observed, state));
    },
    fingerprint: async () => fingerprintOf(await readAptConfig(env)),
    resolve: (changes, observed, resolve) => resolveWith(env, changes, observed, resolve),
    operations: (transaction, workspace) => operationsFor(transaction, workspace, program),
    busy: async () => busyWith(await readAptConfig(env)),
    repair: (observed, interrupted, workspace) => repairWith(seen, observed, interrupted, workspace, program),
    propose: (input) => proposeWith(env, input),
  };
}

async function detect(env: AptOptions["env"]): Promise<Detection> {
  if (!existsSync(APT_GET)) return { available: false, reason: `there is no ${APT_GET}` };
  const { paths } = await readAptConfig(env);
  if (!existsSync(paths.dpkg)) return { available: false, reason: `there is no ${paths.dpkg}` };
  return { available: true };
}

/** What only the package lists can tell stays open where they cannot be read; the packages themselves are known without. */
async function withLists(observed: Observed, state: AptState): Promise<Observed | undefined> {
  try {
    return surveyed(observed, state, await openLists(state.config));
  } catch (error) {
    if (error instanceof OmgError) return undefined;
    throw error;
  }
}

async function resolveWith(
  env: AptOptions["env"],
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
  return resolveChanges(changes, { config, market, observed, options });
}

function repairWith(
  config: AptConfig | undefined,
  observed: Observed,
  interrupted: InterruptedRun | undefined,
  workspace: string,
  program: Program,
): readonly Operation[] {
  if (observed.interrupted.length === 0 && interrupted === undefined) return [];
  if (config === undefined) throw notObserved();
  const { packages } = readStatus(config);
  const transaction = interrupted === undefined ? {} : { transaction: interrupted.transaction };
  return repairOperations(
    { config, packages, interrupted: observed.interrupted.length > 0, ...transaction, workspace },
    program,
  );
}

async function proposeWith(
  env: AptOptions["env"],
  { lock, observed, records }: Parameters<Provider["propose"]>[0],
): Promise<LockProposal> {
  const config = await readAptConfig(env);
  const { market, lists } = await openMarket(config, Object.keys(lock?.packages.apt?.packages ?? {}));
  const indexes = await indexDigests(lists.targets, config.architecture);
  if (lock === undefined) return { ...proposeCapture({ market, observed, records }), indexes };
  const installed = readStatus(config).packages;
  return { ...(await proposeLock(lock, { config, market, observed, records, installed })), indexes };
}

function notObserved(): OmgError {
  return new OmgError({
    code: "not-observed",
    exit: "error",
    message: "apt is to be repaired before anybody looked at the machine.",
    state: "Nothing was changed.",
  });
}
