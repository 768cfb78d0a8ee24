import { globMatches } from "../../schema/files/glob.ts";
import type { Evidence, Grade, Violation } from "../../schema/model/artifact.ts";
import type { Rule } from "../../schema/model/policy.ts";
import type { EffectivePolicy } from "../effective.ts";
import { compareGrades, grade, isProvisional } from "../grade.ts";
import { type Arrival, covers, describeArrival, type RuleContext } from "./context.ts";
import { against, remedyFor } from "./remedies.ts";

interface Demand {
  /** As written in policy.toml: `grade.minimum`. */
  readonly name: string;
  readonly rule: Rule<Grade>;
}

/** The least grade: overall, of the source, of the package. The strictest that applies is the one that counts. */
export function gradeViolations({ policy, arrivals }: RuleContext): Violation[] {
  return arrivals.flatMap((arrival) => {
    const demand = strictestDemand(policy, arrival);
    if (demand === undefined) return [];
    const evidence = countedEvidence(policy, arrival);
    const found = arrival.judgement === undefined ? "risk" : grade(evidence);
    return compareGrades(found, demand.rule.value) >= 0 ? [] : [violation(arrival, found, demand, evidence)];
  });
}

/** Where `[vulnerabilities]` says which may be, a grade is not a second opinion on them. */
function countedEvidence(policy: EffectivePolicy, { judgement }: Arrival): readonly Evidence[] {
  const evidence = judgement?.evidence ?? [];
  return policy.gradesLeaveVulnerabilities ? evidence.filter(({ check }) => check !== "vulnerabilities") : evidence;
}

function strictestDemand(policy: EffectivePolicy, { step, artifact }: Arrival): Demand | undefined {
  const demands: Demand[] = [];
  if (policy.gradeMinimum !== undefined) demands.push({ name: "grade.minimum", rule: policy.gradeMinimum });
  for (const [source, rule] of Object.entries(policy.gradeSources)) {
    if (artifact !== undefined && globMatches(source, artifact.origin))
      demands.push({ name: `grade.sources.${source}`, rule });
  }
  for (const [pattern, rule] of Object.entries(policy.gradePackages)) {
    if (covers([pattern], step)) demands.push({ name: `grade.packages.${pattern}`, rule });
  }
  return demands.reduce<Demand | undefined>(
    (strictest, demand) =>
      strictest !== undefined && compareGrades(strictest.rule.value, demand.rule.value) >= 0 ? strictest : demand,
    undefined,
  );
}

function violation(arrival: Arrival, found: Grade, { name, rule }: Demand, evidence: readonly Evidence[]): Violation {
  const why = against(evidence).map(({ detail }) => detail);
  const provisional = isProvisional(evidence) ? " (before its bytes were seen)" : "";
  const reasons = evidence.length === 0 ? ["Nothing is known about its bytes."] : why;
  return {
    address: arrival.step.address,
    rule: name,
    file: rule.file,
    ...(rule.line === undefined ? {} : { line: rule.line }),
    message: [
      `${describeArrival(arrival)} is graded ${found}${provisional}; ${rule.value} is the least.`,
      ...reasons,
    ].join(" "),
    remedy: remedyFor(evidence, `Take it from a source that reaches the grade ${rule.value}.`),
  };
}
