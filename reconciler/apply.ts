import { rmSync } from "node:fs";
import { execute } from "../host/execute.ts";
import { failpoint } from "../host/failpoint.ts";
import { makeFolder } from "../host/files.ts";
import { OmgError } from "../schema/error.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { Operation, Step, Transaction } from "../schema/model/transaction.ts";
import { confirm } from "./confirm.ts";
import type { Entry } from "./log.ts";
import { observe } from "./observe.ts";
import { ownedSoFar } from "./ownership.ts";
import { type Pending, writePending } from "./pending.ts";
import { workspaceOf } from "./plan.ts";
import { recordDone } from "./record.ts";
import { refusalBehind } from "./refusal-behind.ts";
import type { ScopeWork } from "./work.ts";
import type { Request, ScopeWorld, World } from "./world.ts";

/**
 * The only writer: journal, act, re-read, record.
 * @returns the number of the new generation
 * @throws OmgError `partly-applied`, `apply-failed`; the log then says what is true
 */
export async function applyScope(
  world: World,
  scope: ScopeWorld,
  request: Request,
  plan: Plan,
  work: ScopeWork,
): Promise<number> {
  scope.records.remember(
    work.transactions.flatMap((transaction) => transaction.artifacts),
    work.verdict.judgements,
  );
  const pending: Pending = {
    goal: plan.goal,
    transactions: work.transactions,
    base: work.after,
    lockDigest: plan.binding.lockDigest,
  };
  const intent = scope.log.append({
    actor: world.actor,
    host: world.host,
    event: "apply.intent",
    subject: plan.binding.lock.name,
    data: intentData(plan, work, writePending(scope, pending)),
  });
  failpoint("apply.after-intent");
  try {
    await perform(world, scope, work.transactions);
    await confirm(world, scope, request, work);
  } catch (cause) {
    throw await failed(world, scope, work, intent, await refusalBehind(world, work.transactions, cause));
  }
  return recordDone(world, scope, pending, intent).catch((cause: unknown) => {
    throw unrecorded(cause);
  });
}

/** The intent stays open, and pending is on the disk: the next run records what this one did. */
function unrecorded(cause: unknown): OmgError {
  return new OmgError({
    code: "not-recorded",
    exit: "partly",
    message: `Everything was done, and it could not be recorded: ${cause instanceof Error ? cause.message : String(cause)}`,
    state: "The machine is as planned, and omg's records do not say so yet.",
    hint: "Mend what is named above, then run `omg apply` again: it records what was done.",
    cause,
  });
}

function intentData(plan: Plan, work: ScopeWork, pending: string): Readonly<Record<string, unknown>> {
  const { lock, lockDigest, commit } = plan.binding;
  const steps = work.transactions.flatMap((transaction) => transaction.steps);
  return {
    pending,
    goal: plan.goal,
    lock,
    lockDigest,
    commit,
    policy: work.verdict.policy,
    generation: work.after.generation,
    steps: steps.map(({ address, kind, cause, before, after, sha256 }) => ({
      address,
      kind,
      cause,
      before,
      after,
      sha256,
    })),
    evidence: work.verdict.judgements.map(({ address, sha256, grade, evidence }) => ({
      address,
      sha256,
      grade,
      evidence: evidence.map(({ check, verdict, code, facts }) => ({ check, verdict, code, facts })),
    })),
  };
}

/** Runs every provider's operations, each in an empty workspace that is gone afterwards. */
async function perform(world: World, scope: ScopeWorld, transactions: readonly Transaction[]): Promise<void> {
  for (const provider of scope.providers) {
    const transaction = transactions.find(
      (candidate) => candidate.provider === provider.name && candidate.steps.length > 0,
    );
    if (transaction === undefined) continue;
    const workspace = freshWorkspace(scope, provider.name);
    await runOperations(world, scope, provider.operations(transaction, workspace));
    failpoint("apply.before-cleanup");
    rmSync(workspace, { recursive: true, force: true });
  }
}

export async function runOperations(world: World, scope: ScopeWorld, operations: readonly Operation[]): Promise<void> {
  for (const [index, operation] of operations.entries()) {
    const at = { operation, index, count: operations.length };
    failpoint("apply.before-operation");
    world.emit({ type: "operation", state: "started", ...at });
    await execute(operation, {
      objectPath: scope.store.path,
      onOutput: (line) => world.emit({ type: "output", line }),
    });
    world.emit({ type: "operation", state: "finished", ...at });
    failpoint("apply.after-operation");
  }
}

export function freshWorkspace(scope: ScopeWorld, provider: string): string {
  const workspace = workspaceOf(scope, provider);
  rmSync(workspace, { recursive: true, force: true });
  makeFolder(workspace, 0o755);
  return workspace;
}

/** Says what is true now: nothing moved, or part of it did. The log's intent is closed either way. */
async function failed(
  world: World,
  scope: ScopeWorld,
  work: ScopeWork,
  intent: Entry,
  cause: unknown,
): Promise<unknown> {
  const observed = await observe(world, scope.scope);
  const steps = work.transactions.flatMap((transaction) => transaction.steps);
  const done = steps.filter(
    (step) =>
      ownedSoFar({}, [step], observed)[step.address] !== undefined ||
      isGone(step, observed.get(step.provider)?.resources.has(step.name) ?? false),
  );
  const untouched = steps.every((step) =>
    sameAsBefore(step, observed.get(step.provider)?.resources.get(step.name)?.attributes),
  );
  const base = work.before ?? {
    ...work.after,
    generation: Math.max(scope.generations.latest(), 0),
    wanted: [],
    owned: {},
  };
  scope.bases.write({ ...base, owned: ownedSoFar(base.owned, steps, observed) });
  const message = cause instanceof Error ? cause.message : String(cause);
  scope.log.append({
    actor: world.actor,
    host: world.host,
    event: "apply.failed",
    subject: intent.subject,
    data: { closes: intent.hash, message, untouched, done: done.map((step) => step.address) },
  });
  const parts = cause instanceof OmgError ? cause : undefined;
  return new OmgError({
    code: untouched
      ? parts?.code === "operation-failed" || parts === undefined
        ? "apply-failed"
        : parts.code
      : "partly-applied",
    exit: untouched ? (parts?.exit === "partly" ? "error" : (parts?.exit ?? "error")) : "partly",
    message,
    state: untouched
      ? "Nothing was changed."
      : `${done.length} of ${steps.length} steps are done. Nothing is half-recorded: omg knows what it owns.`,
    hint: parts?.hint ?? "Run `omg apply` again: it repairs what was left half done and goes on from what is true.",
    details: parts?.details ?? [],
    cause,
  });
}

function isGone(step: Step, present: boolean): boolean {
  return step.after === null && !present;
}

function sameAsBefore(step: Step, attributes: Step["before"] | undefined): boolean {
  if (step.before === null) return attributes === undefined;
  return (
    attributes !== undefined &&
    attributes !== null &&
    Object.entries(step.before).every(([key, value]) => attributes[key] === value)
  );
}
