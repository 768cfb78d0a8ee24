import type { Evidence, Violation } from "../../schema/model/artifact.ts";
import { type NamedRule, provenanceDemands } from "../provenance-tables.ts";
import { unmetBy } from "../slsa/expectations.ts";
import { type Arrival, describeArrival, type RuleContext } from "./context.ts";
import { remedyOf } from "./remedies.ts";

/**
 * `[provenance]`: provenance that is there must be what the rules expect, and where it is required it must be there and hold.
 * Provenance that fails in itself breaks `checks`.
 */
export function provenanceViolations({ policy, arrivals }: RuleContext): Violation[] {
  if (policy.provenance.length === 0) return [];
  return arrivals.flatMap((arrival) => {
    const found = arrival.judgement?.evidence.find(({ check }) => check === "provenance");
    const demands = provenanceDemands(policy.provenance, covered(arrival));
    if (demands === undefined) return [];
    const unmet = found !== undefined && isValid(found) ? unmetBy(found.facts, demands) : [];
    if (unmet.length > 0) return unmet.map((each) => violation(arrival, each.rule, each));
    const { required } = demands;
    const lacking = found === undefined || found.verdict === "absent" || found.verdict === "unknown";
    return required !== undefined && lacking ? [violation(arrival, required, found)] : [];
  });
}

/** What nobody names the bytes of comes from no source that could be told. */
function covered({ step, artifact }: Arrival) {
  return artifact ?? { name: step.name, address: step.address, origin: "" };
}

/** Valid in itself, whatever some rule expects of it. */
function isValid({ verdict, facts }: Evidence): boolean {
  return verdict === "pass" || facts.rule !== undefined;
}

function violation(
  arrival: Arrival,
  { name, file, line }: NamedRule<unknown>,
  found: Pick<Evidence, "code" | "detail"> | undefined,
): Violation {
  return {
    address: arrival.step.address,
    rule: name,
    file,
    ...(line === undefined ? {} : { line }),
    message: `${describeArrival(arrival)}: ${found?.detail ?? "nothing is known about its bytes, and so not how they were built."}`,
    remedy: remedyOf(found?.code) ?? "Take it from a source that publishes provenance.",
  };
}
