import type { Evidence, Violation } from "../../schema/model/artifact.ts";
import { provenanceDemands } from "../provenance-tables.ts";
import { type Arrival, describeArrival, type RuleContext } from "./context.ts";
import { remedyFor } from "./remedies.ts";

interface Place {
  readonly name: string;
  readonly file: string;
  readonly line?: number;
}

/**
 * `[provenance]`: provenance that is there must be what the rules expect, and where it is required it must be there and hold.
 * Provenance that fails in itself breaks `checks`.
 */
export function provenanceViolations({ policy, arrivals }: RuleContext): Violation[] {
  if (policy.provenance.length === 0) return [];
  return arrivals.flatMap((arrival) => {
    const found = arrival.judgement?.evidence.find(({ check }) => check === "provenance");
    const unexpected = found === undefined ? undefined : placeIn(found);
    if (unexpected !== undefined) return [violation(arrival, unexpected, found)];
    const { required } = provenanceDemands(policy.provenance, covered(arrival)) ?? {};
    const lacking = found === undefined || found.verdict === "absent" || found.verdict === "unknown";
    return required !== undefined && lacking ? [violation(arrival, required, found)] : [];
  });
}

/** What nobody names the bytes of comes from no source that could be told. */
function covered({ step, artifact }: Arrival) {
  return artifact ?? { name: step.name, address: step.address, origin: "" };
}

/** The rule that an expectation named. */
function placeIn({ facts: { rule, file, line } }: Evidence): Place | undefined {
  if (rule === undefined || file === undefined) return undefined;
  return { name: rule, file, ...(line === undefined ? {} : { line: Number(line) }) };
}

function violation(arrival: Arrival, { name, file, line }: Place, found: Evidence | undefined): Violation {
  return {
    address: arrival.step.address,
    rule: name,
    file,
    ...(line === undefined ? {} : { line }),
    message: `${describeArrival(arrival)}: ${found?.detail ?? "nothing is known about its bytes, and so not how they were built."}`,
    remedy: remedyFor(found === undefined ? [] : [found], "Take it from a source that publishes provenance."),
  };
}
