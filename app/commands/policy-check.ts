import { resolve } from "node:path";
import { BUILT_IN_POLICY, grade, rulebook, waiverState } from "../../policy/index.ts";
import { withProtection } from "../../reconciler/protected.ts";
import { reconcile } from "../../reconciler/reconcile.ts";
import type { Judgement, Verdict } from "../../schema/model/artifact.ts";
import type { Transaction } from "../../schema/model/transaction.ts";
import type { Context, Selection } from "../context.ts";
import { findLock } from "../lock-file.ts";
import { planOf } from "../plan-of.ts";
import { type Policies, readPolicies, readPolicyAt } from "../policies.ts";
import { policiesInReach } from "../policies-in-reach.ts";
import type { PolicyCheckResult, WaiverUse } from "../policy-results.ts";
import { prepare } from "../run.ts";
import { readSavedPlan } from "../saved-plan.ts";

export interface PolicyCheckOptions extends Selection {
  /** A plan that `omg plan --out` kept; default: the plan that the lock would lead to now. */
  readonly planFile?: string;
  /** Judge by this file alone, instead of by those that count here. */
  readonly policy?: string;
}

/** Something to judge, with the evidence that there is. */
interface Subject extends Omit<PolicyCheckResult, "policies" | "verdict" | "waivers" | "steps" | "artifacts"> {
  readonly transactions: readonly Transaction[];
  readonly judgements: readonly Judgement[];
}

/**
 * Holds a plan against a policy. Evidence of a plan file is taken as it stands there: whoever could write the file could write
 * that as well, so this says what the policy makes of it, and verifies nothing.
 */
export async function policyCheck(ctx: Context, options: PolicyCheckOptions): Promise<PolicyCheckResult> {
  const policies = await chosenPolicies(ctx, options);
  const subject =
    options.planFile === undefined ? await made(ctx, options) : await saved(resolve(ctx.cwd, options.planFile));
  const { transactions, judgements, ...rest } = subject;
  const now = ctx.now();
  const decision = rulebook({ builtIn: BUILT_IN_POLICY, ...policies }).decide(transactions, judgements, now);
  const { judgements: _, ...verdict } = withProtection({ ...decision, judgements }, transactions);
  return {
    ...rest,
    steps: transactions.flatMap(({ steps }) => steps).length,
    artifacts: judgements.length,
    policies: Object.keys(policies.digests),
    verdict,
    waivers: waiverUses(policies, verdict, now),
  };
}

/** One file alone has the machine's place, so that its permissions count. */
async function chosenPolicies(ctx: Context, options: PolicyCheckOptions): Promise<Policies> {
  if (options.policy !== undefined) return readPolicyAt(resolve(ctx.cwd, options.policy), "machine");
  if (findLock(ctx, options) === undefined) return readPolicies(ctx, undefined);
  return (await policiesInReach(ctx, options)).policies;
}

async function saved(path: string): Promise<Subject> {
  const { name, platform, time, transactions, judgements } = await readSavedPlan(path);
  const graded = judgements.map((judgement) => ({ ...judgement, grade: grade(judgement.evidence) }));
  return { judged: "saved", about: { name, platform, time, path }, transactions, judgements: graded };
}

async function made(ctx: Context, options: PolicyCheckOptions): Promise<Subject> {
  const { world } = await prepare(ctx, options);
  const request = { goal: { type: "lock" }, until: "plan", allowDowngrades: false } as const;
  const plan = planOf(await reconcile(world, { ...request, consent: async () => undefined }));
  const { name } = plan.binding.lock;
  return {
    judged: "made",
    about: { name, platform: plan.binding.platform, time: plan.time },
    transactions: plan.transactions,
    judgements: plan.verdict.judgements,
  };
}

/** Every waiver of the files, used or not: those that nobody needs any more should go. */
export function waiverUses(policies: Policies, verdict: Pick<Verdict, "waived">, now: Date): readonly WaiverUse[] {
  const used = new Set(verdict.waived.map(({ waiver }) => waiver));
  return [policies.machine, policies.repository].flatMap((file) =>
    (file?.waivers ?? []).map(({ value, file: path, line }) => ({
      ...value,
      file: path,
      ...(line === undefined ? {} : { line }),
      state: waiverState(value, used.has(value), now),
    })),
  );
}
