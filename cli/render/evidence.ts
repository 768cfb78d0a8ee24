import type { Evidence, Verdict } from "../../schema/model/artifact.ts";
import type { Plan } from "../../schema/model/plan.ts";
import type { Step } from "../../schema/model/transaction.ts";

/** Finds the source that a step's artifact comes from; empty where it needs none. */
export function originOf(plan: Plan): (step: Step) => string {
  const installs = plan.transactions
    .flatMap((transaction) => transaction.artifacts)
    .filter((each) => each.role === "install");
  const origins = new Map(installs.map((artifact) => [artifact.sha256, artifact.origin]));
  return (step) => (step.sha256 === undefined ? "" : (origins.get(step.sha256) ?? ""));
}

/** Finds the grade of a step's artifact: `verified`, or `verified*` while part of it rests on bytes that are still to come. */
export function gradeOf(verdict: Verdict): (step: Step) => string {
  const grades = new Map(
    verdict.judgements.map((judgement) => {
      const pending = judgement.evidence.some(isPending);
      return [judgement.sha256, judgement.grade + (pending ? "*" : "")];
    }),
  );
  return (step) => (step.sha256 === undefined ? "" : (grades.get(step.sha256) ?? ""));
}

/** Whether some of the evidence waits for the bytes. */
export function hasPending(verdict: Verdict): boolean {
  return verdict.judgements.some((judgement) => judgement.evidence.some(isPending));
}

/** Bytes that are still to come, as far as sizes are known: what was judged whole lies in the store already. */
export function bytesOf(plan: Plan): number {
  const here = new Set(
    plan.verdict.judgements.filter((each) => !each.evidence.some(isPending)).map((each) => each.sha256),
  );
  const artifacts = plan.transactions.flatMap((transaction) => transaction.artifacts);
  const sizes = new Map(artifacts.map((each) => [each.sha256, here.has(each.sha256) ? 0 : (each.size ?? 0)]));
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function isPending(evidence: Evidence): boolean {
  return evidence.verdict === "pending";
}
