import { rmSync } from "node:fs";
import { failpoint } from "../host/failpoint.ts";
import { OmgError } from "../schema/error.ts";
import type { LockIdentity } from "../schema/model/desired.ts";
import type { Observed } from "../schema/model/resource.ts";
import { emptyBase } from "./bases.ts";
import { brokenLog, type Entry } from "./log.ts";
import { note } from "./note.ts";
import { interruptions, observe } from "./observe.ts";
import { holds, type Move, ownedSoFar } from "./ownership.ts";
import { type Pending, readPending } from "./pending.ts";
import { freshWorkspace, runOperations } from "./perform.ts";
import { recordDone } from "./record.ts";
import type { ScopeWorld, World } from "./world.ts";

/**
 * Brings back what an interrupted run of ours left: repairs the package managers, finds out how far the run came, and closes
 * its intent. The diff that follows goes on from what is true. What others left half done is theirs: the plan names it.
 * @throws OmgError `busy` while the interrupted run's package manager still works; `repair-failed`; `log-broken`
 */
export async function recover(world: World, scope: ScopeWorld): Promise<void> {
  refuseBrokenLog(scope);
  const intent = scope.log.open();
  if (intent === undefined) return;
  await refuseBusy(scope);
  const pending = readPending(scope, intent);
  await repair(world, scope, await observe(world, pending?.goal, scope.scope), pending);
  const observed = await observe(world, pending?.goal, scope.scope);
  failpoint("recover.before-close");
  world.emit({ type: "recovered", message: await close(world, scope, intent, pending, observed) });
  const broken = interruptions(observed);
  if (broken.length > 0) world.emit({ type: "warning", message: `Still half done: ${broken.join("; ")}.` });
}

export async function refuseBusy(scope: ScopeWorld): Promise<void> {
  for (const provider of scope.providers) {
    const by = await provider.busy();
    if (by === undefined) continue;
    throw new OmgError({
      code: "busy",
      exit: "busy",
      message: `${by} is changing packages right now.`,
      state: "omg changed nothing.",
      hint: "Wait until it is done, then run the command again.",
    });
  }
}

/** What recovery believes stands in the log: one that somebody changed says nothing. */
function refuseBrokenLog(scope: ScopeWorld): void {
  const { broken } = scope.log.verify({ recent: true });
  if (broken !== undefined) throw brokenLog(`The log of the ${scope.scope} scope is not as omg wrote it: ${broken}.`);
}

export async function repair(
  world: World,
  scope: ScopeWorld,
  found: ReadonlyMap<string, Observed>,
  pending: Pending | undefined,
): Promise<void> {
  for (const provider of scope.providers) {
    const observed = found.get(provider.name);
    if (observed === undefined) continue;
    const workspace = freshWorkspace(scope, provider.name);
    const transaction = pending?.transactions.find((candidate) => candidate.provider === provider.name);
    const operations = await provider.repair(
      observed,
      transaction === undefined ? undefined : { transaction },
      workspace,
    );
    if (operations.length > 0)
      await journalled(world, scope, provider.name, () => runOperations(world, scope, operations));
    rmSync(workspace, { recursive: true, force: true });
  }
}

async function journalled(world: World, scope: ScopeWorld, subject: string, act: () => Promise<void>): Promise<void> {
  const intent = note(world, scope, "repair.intent", subject, {});
  failpoint("recover.after-intent");
  try {
    await act();
  } catch (cause) {
    note(world, scope, "repair.done", subject, { closes: intent.hash, message: String(cause) });
    throw new OmgError({
      code: "repair-failed",
      exit: "error",
      message: `${subject} could not be brought back by itself.`,
      state: "The interrupted run is still open, and nothing new was begun.",
      hint: "Mend what is named above (often one package's script), then run `omg apply` again.",
      details: cause instanceof OmgError ? [cause.message, ...cause.details] : [String(cause)],
      cause,
    });
  }
  note(world, scope, "repair.done", subject, { closes: intent.hash });
}

/** Everything done: it becomes the generation it was to be. Otherwise only what is so counts. */
async function close(
  world: World,
  scope: ScopeWorld,
  intent: Entry,
  pending: Pending | undefined,
  observed: ReadonlyMap<string, Observed>,
): Promise<string> {
  const steps = pending?.transactions.flatMap((transaction) => transaction.steps) ?? movesOf(intent);
  const done = steps.filter((step) => holds(step, observed));
  if (pending !== undefined && done.length === steps.length) {
    const generation = await recordDone(world, scope, pending, intent);
    return `An interrupted apply had done everything; it is now generation ${scope.scope}:${generation}.`;
  }
  const lock = intent.data.lock as LockIdentity;
  const before = scope.bases.read(lock) ?? emptyBase(lock, Math.max(scope.generations.latest(), 0));
  scope.bases.write({ ...before, owned: ownedSoFar(before.owned, steps, observed) });
  const data = { closes: intent.hash, done: done.map((step) => step.address), of: steps.length };
  note(world, scope, "recovered", intent.subject, data);
  return `An interrupted apply had done ${done.length} of ${steps.length} steps; going on from there.`;
}

/** What a run was about to do, from the log alone: enough to know what is omg's. */
function movesOf(intent: Entry): readonly Move[] {
  const steps = intent.data.steps as readonly Omit<Move, "provider" | "name">[];
  return steps.map((step) => {
    const dot = step.address.indexOf(".");
    return { ...step, provider: step.address.slice(0, dot), name: step.address.slice(dot + 1) };
  });
}
