import { OmgError } from "../schema/error.ts";
import type { Artifact } from "../schema/model/artifact.ts";
import type { ArtifactSource } from "../schema/model/artifact-source.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { Address } from "../schema/model/resource.ts";
import type { Step, Transaction } from "../schema/model/transaction.ts";
import { isAboutOneFile, type Missed, missing } from "./fetch-failures.ts";
import { takeNearby } from "./nearby.ts";
import { sideBySide } from "./side-by-side.ts";
import { obtain, suppliersOf } from "./supply.ts";
import { providersOf, type ScopeWorld, type World } from "./world.ts";

/** Enough to hide a server's delays; a mirror counts more than this from one address as abuse. */
const LIMITS = { overall: 8, each: 4 };

/** Bytes that one scope's store lacks, and everything that wants them. */
interface Job {
  readonly scope: ScopeWorld;
  readonly sources: readonly ArtifactSource[];
  readonly artifact: Artifact;
  /** Absent where only what will be replaced needs it: then the run goes on without. */
  readonly needed: boolean;
}

/**
 * Brings every artifact of the plan into the store, several at a time, what will be replaced included, so that the way back
 * stays open. What teammates on this network have comes from them first. A replaced artifact that cannot be had is no error: its step becomes one that cannot be undone. `offered` are
 * asked before all others.
 * @throws OmgError `artifact-unreachable` with all that could not be had, `artifact-mismatch`, `disk-full`
 */
export async function fetchArtifacts(
  plan: Plan,
  world: World,
  offered: readonly ArtifactSource[] = [],
): Promise<readonly Transaction[]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([world.signal, stop.signal]);
  const all = await jobsOf(plan, world, offered, signal);
  const missed: Missed[] = [];
  const progress = { done: plan.transactions.flatMap(({ artifacts }) => artifacts).length - all.length, started: 0 };
  const total = progress.done + all.length;
  const teller = ({ address }: Artifact) => {
    let bytes = 0;
    return (count: number) => {
      bytes += count;
      world.emit({ type: "fetching", name: address, done: progress.done, total, bytes });
    };
  };
  const nearby = all.length === 0 ? undefined : await world.nearby?.();
  const here = () => {
    progress.done += 1;
  };
  const jobs = nearby === undefined ? all : await takeNearby(all, nearby, teller, here);
  const bring = async (job: Job): Promise<OmgError | undefined> => {
    progress.started += 1;
    const tell = teller(job.artifact);
    const failure = await fetchOne(job, signal, tell).catch((cause: unknown) => {
      stop.abort(cause); // what the others have got so far stays
      throw cause;
    });
    progress.done += 1;
    tell(0);
    if (failure !== undefined && job.needed) missed.push({ artifact: job.artifact, error: failure });
    return failure;
  };
  const failures = await sideBySide(jobs, {
    keyOf: ({ artifact }) => hostOf(artifact),
    limits: LIMITS,
    act: bring,
    goesOn: () => missed.every(({ error }) => isAboutOneFile(error)),
  });
  if (missed.length > 0) throw missing(inOrder(missed, jobs), jobs.length - progress.started);
  return keptOf(plan, world, jobs, failures);
}

function inOrder(missed: readonly Missed[], jobs: readonly Job[]): readonly Missed[] {
  return jobs.flatMap(({ artifact }) => missed.filter((one) => one.artifact === artifact));
}

/** One for each hash that a store lacks, in the plan's order. */
async function jobsOf(
  plan: Plan,
  world: World,
  offered: readonly ArtifactSource[],
  signal: AbortSignal,
): Promise<readonly Job[]> {
  const jobs = new Map<string, Job>();
  for (const { provider, scope } of providersOf(world)) {
    const sources = [...offered, ...(await suppliersOf(provider, signal))];
    const own = plan.transactions.filter((transaction) => transaction.provider === provider.name);
    for (const artifact of own.flatMap(({ artifacts }) => artifacts)) {
      if (scope.store.has(artifact.sha256)) continue;
      const key = `${scope.scope} ${artifact.sha256}`;
      const needed = artifact.role === "install" || jobs.get(key)?.needed === true;
      jobs.set(key, { scope, sources, artifact: jobs.get(key)?.artifact ?? artifact, needed });
    }
  }
  return [...jobs.values()];
}

/** What it could not be had for; undefined when it is there, or another scope's writer will fetch it by itself. */
async function fetchOne(
  { artifact, scope, sources, needed }: Job,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<OmgError | undefined> {
  try {
    await obtain(artifact, scope.store, sources, onBytes);
    return undefined;
  } catch (cause) {
    if (!(cause instanceof OmgError) || signal.aborted || cause.code === "disk-full") throw cause;
    if (cause.code === "credentials-unreadable" && scope.remote !== undefined) return undefined;
    if (cause.exit !== "unreachable" && needed) throw cause;
    return cause;
  }
}

function hostOf({ urls: [first] }: Artifact): string {
  return first !== undefined && URL.canParse(first) ? new URL(first).host : "";
}

/** The transactions without what could not be kept, and with what that means for the way back. */
function keptOf(
  plan: Plan,
  world: World,
  jobs: readonly Job[],
  failures: readonly (OmgError | undefined)[],
): readonly Transaction[] {
  const lost = new Map<string, OmgError>();
  for (const [index, failure] of failures.entries())
    if (failure !== undefined) lost.set(jobs[index]?.artifact.sha256 ?? "", failure);
  const known = new Set(providersOf(world).map(({ provider }) => provider.name));
  const taken = plan.transactions.filter(({ provider }) => known.has(provider));
  if (lost.size === 0) return taken;
  return taken.map((transaction) => withoutLost(transaction, lost, world));
}

function withoutLost(transaction: Transaction, lost: ReadonlyMap<string, OmgError>, world: World): Transaction {
  const reasons = new Map<Address, string>();
  const isLost = ({ role, sha256 }: Artifact) => role === "replaced" && lost.has(sha256);
  for (const artifact of transaction.artifacts.filter(isLost)) {
    const reason = lost.get(artifact.sha256)?.message ?? "";
    reasons.set(artifact.address, reason);
    world.emit({
      type: "warning",
      message: `${artifact.address} ${artifact.version}, which is to be replaced, could not be kept: ${reason}`,
      hint: "A rollback will not bring this version back.",
    });
  }
  return {
    ...transaction,
    steps: transaction.steps.map((step) => notUndoable(step, reasons.get(step.address))),
    artifacts: transaction.artifacts.filter((artifact) => !isLost(artifact)),
  };
}

function notUndoable(step: Step, reason: string | undefined): Step {
  return reason === undefined
    ? step
    : { ...step, undo: { possible: false, reason: `its present version could not be kept: ${reason}` } };
}
