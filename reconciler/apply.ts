import { failpoint } from "../host/failpoint.ts";
import { OmgError } from "../schema/error.ts";
import type { Violation, Waived } from "../schema/model/artifact.ts";
import type { Plan } from "../schema/model/plan.ts";
import { confirm } from "./confirm.ts";
import { summaryOf } from "./evidence.ts";
import { failed } from "./failed.ts";
import { note } from "./note.ts";
import { type Pending, writePending } from "./pending.ts";
import { perform } from "./perform.ts";
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
  const digest = writePending(scope, pending);
  world.signal.throwIfAborted();
  const book = scope.evidence.keep(work.verdict.judgements);
  const intent = note(world, scope, "apply.intent", plan.binding.lock.name, {
    ...intentData(plan, work, digest),
    ...(book === undefined ? {} : { book }),
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
    ...(work.verdict.waived.length === 0 ? {} : { waived: work.verdict.waived.map(waivedData) }),
    ...(work.verdict.warnings.length === 0 ? {} : { warnings: work.verdict.warnings.map(brokenRule) }),
    generation: work.after.generation,
    steps: steps.map(({ address, kind, cause, before, after, sha256 }) => ({
      address,
      kind,
      cause,
      before,
      after,
      sha256,
    })),
    evidence: work.verdict.judgements.map(summaryOf),
  };
}

function brokenRule({ address, rule, file, line }: Violation): Readonly<Record<string, unknown>> {
  return { address, rule, file, line };
}

function waivedData({ violation, waiver, file, line }: Waived): Readonly<Record<string, unknown>> {
  return { ...brokenRule(violation), waiver: { ...waiver, file, line } };
}
