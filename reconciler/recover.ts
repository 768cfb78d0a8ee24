import { rmSync } from "node:fs";
import { failpoint } from "../host/failpoint.ts";
import { OmgError } from "../schema/error.ts";
import type { Observed } from "../schema/model/resource.ts";
import { freshWorkspace, runOperations } from "./apply.ts";
import { brokenLog, type Entry } from "./log.ts";
import { interruptions, observe } from "./observe.ts";
import { holds, ownedSoFar } from "./ownership.ts";
import { type Pending, readPending } from "./pending.ts";
import { recordDone } from "./record.ts";
import type { ScopeWorld, World } from "./world.ts";

/**
 * Brings back what an interrupted run left: repairs the package managers, finds out how far the run came, and closes its
 * intent. The diff that follows goes on from what is true.
 * @throws OmgError `busy` while the interrupted run's package manager still works; `repair-failed`; `log-broken`
 */
export async function recover(world: World, scope: ScopeWorld): Promise<void> {
  refuseBrokenLog(scope);
  const intent = scope.log.open();
  const found = await observe(world, scope.scope);
  const broken = interruptions(found);
  if (intent === undefined && broken.length === 0) return;
  await refuseBusy(scope);
  const pending = intent === undefined ? undefined : readPending(scope, intent);
  await repair(world, scope, found, pending);
  const observed = await observe(world, scope.scope);
  if (intent === undefined) {
    world.emit({ type: "recovered", message: `Finished what another program left half done: ${broken.join("; ")}.` });
    return;
  }
  failpoint("recover.before-close");
  world.emit({ type: "recovered", message: await close(world, scope, intent, pending, observed) });
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
  const { broken } = scope.log.verify();
  if (broken !== undefined) throw brokenLog(`The log of the ${scope.scope} scope is not as omg wrote it: ${broken}.`);
}

async function repair(
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
    const operations = provider.repair(
      observed,
      transaction === undefined ? undefined : { transaction, workspace },
      workspace,
    );
    if (operations.length > 0)
      await journalled(world, scope, provider.name, () => runOperations(world, scope, operations));
    rmSync(workspace, { recursive: true, force: true });
  }
}

async function journalled(world: World, scope: ScopeWorld, subject: string, act: () => Promise<void>): Promise<void> {
  const by = { actor: world.actor, host: world.host, subject };
  const intent = scope.log.append({ ...by, event: "repair.intent", data: {} });
  failpoint("recover.after-intent");
  try {
    await act();
  } catch (cause) {
    scope.log.append({ ...by, event: "repair.done", data: { closes: intent.hash, message: String(cause) } });
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
  scope.log.append({ ...by, event: "repair.done", data: { closes: intent.hash } });
}

/** Everything done: it becomes the generation it was to be. Otherwise only what is so counts. */
async function close(
  world: World,
  scope: ScopeWorld,
  intent: Entry,
  pending: Pending | undefined,
  observed: ReadonlyMap<string, Observed>,
): Promise<string> {
  const steps = pending?.transactions.flatMap((transaction) => transaction.steps) ?? [];
  const done = steps.filter((step) => holds(step, observed));
  if (pending !== undefined && done.length === steps.length) {
    const generation = await recordDone(world, scope, pending, intent);
    return `An interrupted apply had done everything; it is now generation ${scope.scope}:${generation}.`;
  }
  if (pending !== undefined) {
    const before = scope.bases.read(pending.base.lock) ?? {
      ...pending.base,
      generation: Math.max(scope.generations.latest(), 0),
      wanted: [],
      owned: {},
    };
    scope.bases.write({ ...before, owned: ownedSoFar(before.owned, steps, observed) });
  }
  scope.log.append({
    actor: world.actor,
    host: world.host,
    event: "recovered",
    subject: intent.subject,
    data: { closes: intent.hash, done: done.map((step) => step.address), of: steps.length },
  });
  return `An interrupted apply had done ${done.length} of ${steps.length} steps; going on from there.`;
}
