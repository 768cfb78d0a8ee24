import type { Violation } from "../../schema/model/artifact.ts";
import type { Rule } from "../../schema/model/policy.ts";
import { type Arrival, describeArrival, type RuleContext } from "./context.ts";

const DAY_MS = 86_400_000;

/**
 * `[indexes] max-age`: how old a signed Release file may be, in days, or a repository's database. Without it, one that says nothing
 * of its own end (Valid-Until) never grows too old, and a mirror that stands still, or is held still, looks like one where nothing happens.
 * What an earlier run verified, and what is judged at the time of a snapshot, is old on purpose.
 */
export function freshnessViolations({ policy, arrivals, now }: RuleContext): Violation[] {
  const rule = policy.indexesMaxAge;
  return rule === undefined ? [] : arrivals.flatMap((arrival) => tooOld(arrival, rule, now));
}

function tooOld(arrival: Arrival, rule: Rule<number>, now: Date): Violation[] {
  const facts = arrival.judgement?.evidence.find(({ check }) => check === "signature")?.facts;
  // What a list says of itself is enough to show that it stands still, and for nothing else.
  const date = facts?.date ?? facts?.built;
  if (facts === undefined || date === undefined || facts.asOf !== undefined || facts.recorded !== undefined) return [];
  const days = Math.floor((now.getTime() - Date.parse(date)) / DAY_MS);
  if (days <= rule.value) return [];
  return [
    {
      address: arrival.step.address,
      rule: "indexes.max-age",
      file: rule.file,
      ...(rule.line === undefined ? {} : { line: rule.line }),
      message: `${describeArrival(arrival)} is listed by a state of its archive of ${date.slice(0, 10)}, ${days} days ago, and ${rule.value} may be.`,
      remedy:
        "Fetch the package lists anew (`omg update`, `apt-get update`); where that brings nothing newer, ask whether the mirror still follows its archive.",
    },
  ];
}
