import type { Evidence, Violation } from "../../schema/model/artifact.ts";
import { type Arrival, describeArrival, type RuleContext } from "./context.ts";
import { remedyFor } from "./remedies.ts";

/**
 * Without any policy: nothing is installed whose bytes or signature failed a check, or could not be checked. Which known
 * vulnerabilities may be is for a policy to say: hardly any package is without one.
 */
export function checkViolations({ arrivals }: RuleContext): Violation[] {
  return arrivals.flatMap((arrival) => {
    const evidence = (arrival.judgement?.evidence ?? []).filter(({ check }) => check !== "vulnerabilities");
    const against = evidence.filter(isAgainst);
    return evidence.length > 0 && against.length === 0 ? [] : [violation(arrival, against)];
  });
}

/** What a rule of a policy expects of provenance, that rule says: see provenance.ts. */
function isAgainst({ check, verdict, facts }: Evidence): boolean {
  if (check === "provenance" && facts.rule !== undefined) return false;
  return verdict === "fail" || (verdict === "unknown" && (check === "checksum" || check === "signature"));
}

function violation(arrival: Arrival, against: readonly Evidence[]): Violation {
  const reasons = against.length === 0 ? ["Nothing is known about its bytes."] : against.map(({ detail }) => detail);
  return {
    address: arrival.step.address,
    rule: "checks",
    file: "built-in",
    message: [`${describeArrival(arrival)} did not pass.`, ...reasons].join(" "),
    remedy: remedyFor(against, "Take it from a source that can be checked."),
  };
}
