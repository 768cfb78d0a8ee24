import { download } from "../host/download.ts";
import { OmgError } from "../schema/error.ts";
import type { Artifact } from "../schema/model/artifact.ts";
import type { ArtifactSource } from "../schema/model/artifact-source.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { Step, Transaction } from "../schema/model/transaction.ts";
import type { Store } from "./store.ts";
import { providersOf, type World } from "./world.ts";

/**
 * Brings every artifact of the plan into the store, what will be replaced included, so that the way back stays open.
 * A replaced artifact that cannot be had is no error: its step becomes one that cannot be undone.
 * @throws OmgError `artifact-unreachable`, `artifact-mismatch`, `disk-full`
 */
export async function fetchArtifacts(
  plan: Plan,
  world: World,
  sources: readonly ArtifactSource[] = [upstream(world)],
): Promise<readonly Transaction[]> {
  const total = plan.transactions.reduce((sum, transaction) => sum + transaction.artifacts.length, 0);
  const counter = { done: 0, total };
  const fetched: Transaction[] = [];
  for (const transaction of plan.transactions) {
    const store = providersOf(world).find(({ provider }) => provider.name === transaction.provider)?.scope.store;
    if (store !== undefined) fetched.push(await fetchOne(transaction, store, world, sources, counter));
  }
  return fetched;
}

async function fetchOne(
  transaction: Transaction,
  store: Store,
  world: World,
  sources: readonly ArtifactSource[],
  counter: { done: number; total: number },
): Promise<Transaction> {
  const lost = new Map<string, string>();
  for (const artifact of transaction.artifacts) {
    let received = 0;
    const onBytes = (count: number) => {
      received += count;
      world.emit({ type: "fetching", name: artifact.address, ...counter, bytes: received });
    };
    const failure = store.has(artifact.sha256) ? undefined : await obtain(artifact, store, world, sources, onBytes);
    counter.done += 1;
    if (failure === undefined) continue;
    if (artifact.role === "install") throw failure;
    lost.set(artifact.address, failure.message);
    world.emit({
      type: "warning",
      message: `${artifact.address} ${artifact.version}, which is to be replaced, could not be kept: ${failure.message}`,
      hint: "A rollback will not bring this version back.",
    });
  }
  return lost.size === 0
    ? transaction
    : {
        ...transaction,
        steps: transaction.steps.map((step) => notUndoable(step, lost.get(step.address))),
        artifacts: transaction.artifacts.filter(
          (artifact) => artifact.role === "install" || !lost.has(artifact.address),
        ),
      };
}

async function obtain(
  artifact: Artifact,
  store: Store,
  world: World,
  sources: readonly ArtifactSource[],
  onBytes: (count: number) => void,
): Promise<OmgError | undefined> {
  try {
    await store.add(artifact.sha256, async (path) => {
      for (const source of sources) if (await source(artifact, path, onBytes)) return;
      throw new OmgError({
        code: "artifact-unreachable",
        exit: "unreachable",
        message: `Nobody has ${artifact.address} ${artifact.version} (sha256 ${artifact.sha256}).`,
        state: "Nothing was changed.",
        hint: "Its source may have dropped this version: `omg lock` pins a newer one.",
      });
    });
    return undefined;
  } catch (cause) {
    if (cause instanceof OmgError && cause.code !== "disk-full" && !world.signal.aborted) return cause;
    throw cause;
  }
}

/** The addresses that the package manager's own index gives. */
export function upstream(world: World): ArtifactSource {
  return async ({ urls, sha256, size }, path, onBytes) => {
    if (urls.length === 0) return false;
    await download({ urls, sha256, ...(size === undefined ? {} : { size }) }, path, { signal: world.signal, onBytes });
    return true;
  };
}

function notUndoable(step: Step, reason: string | undefined): Step {
  return reason === undefined
    ? step
    : { ...step, undo: { possible: false, reason: `its present version could not be kept: ${reason}` } };
}
