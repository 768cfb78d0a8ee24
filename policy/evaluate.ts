import type { Artifact, Judgement, Violation } from "../schema/model/artifact.ts";
import type { Step, Transaction } from "../schema/model/transaction.ts";
import type { EffectivePolicy } from "./effective.ts";
import { ageViolations } from "./rules/age.ts";
import { originViolations, packageViolations, signatureViolations } from "./rules/allowed.ts";
import { checkViolations } from "./rules/checks.ts";
import { type Arrival, arrives, type RuleContext } from "./rules/context.ts";
import { freshnessViolations } from "./rules/freshness.ts";
import { gradeViolations } from "./rules/grade.ts";
import { licenseViolations } from "./rules/licenses.ts";
import { removalViolations, undoViolations } from "./rules/limits.ts";
import { provenanceViolations } from "./rules/provenance.ts";
import { shellViolations } from "./rules/shell.ts";
import { sourceViolations } from "./rules/sources.ts";
import { vulnerabilityViolations } from "./rules/vulnerabilities.ts";

const RULES: readonly ((context: RuleContext) => Violation[])[] = [
  checkViolations,
  gradeViolations,
  signatureViolations,
  originViolations,
  packageViolations,
  licenseViolations,
  freshnessViolations,
  provenanceViolations,
  ageViolations,
  vulnerabilityViolations,
  removalViolations,
  undoViolations,
  shellViolations,
  sourceViolations,
];

/** Every violation of the policy, all at once. Pure: what has to do with time or files was found out before. */
export function evaluate(
  policy: EffectivePolicy,
  transactions: readonly Transaction[],
  judgements: readonly Judgement[],
  now: Date,
): Violation[] {
  const steps = transactions.flatMap((transaction) => transaction.steps);
  const artifacts = transactions
    .flatMap((transaction) => transaction.artifacts)
    .filter(({ role }) => role === "install");
  const arrivals = steps.filter(arrives).map((step) => arrivalOf(step, artifacts, judgements));
  return RULES.flatMap((rule) => rule({ policy, steps, arrivals, now }));
}

/** A step that names a hash is judged by those bytes only; one whose bytes nobody names has no judgement. */
function arrivalOf(step: Step, artifacts: readonly Artifact[], judgements: readonly Judgement[]): Arrival {
  const artifact = artifacts.find(
    ({ address, sha256 }) => address === step.address && (step.sha256 === undefined || step.sha256 === sha256),
  );
  const judgement = judgements.find(
    ({ address, sha256 }) => address === artifact?.address && sha256 === artifact.sha256,
  );
  return { step, ...(artifact === undefined ? {} : { artifact }), ...(judgement === undefined ? {} : { judgement }) };
}
