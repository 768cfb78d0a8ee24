import { globMatches } from "../../schema/files/glob.ts";
import type { Violation } from "../../schema/model/artifact.ts";
import type { Rule } from "../../schema/model/policy.ts";
import type { EffectivePolicy } from "../effective.ts";
import { firstSeen } from "../sightings.ts";
import { type Arrival, covers, describeArrival, type RuleContext } from "./context.ts";

const DAY_MS = 86_400_000;

interface Demand {
  /** As written in policy.toml: `age.minimum-days`. */
  readonly name: string;
  readonly rule: Rule<number>;
}

/**
 * `[age]`: for how many days what is installed must have been known: overall, of a source, of a package; each that applies
 * counts by itself. A bad release is often found out within days, by others. The count begins with the first signed index that
 * listed these very bytes; a clock of nobody's choosing: neither this machine's, nor that of whoever packed them.
 */
export function ageViolations({ policy, arrivals, now }: RuleContext): Violation[] {
  return arrivals.flatMap((arrival) => {
    const since = firstSeen(arrival.judgement?.evidence ?? []);
    return demandsOn(policy, arrival)
      .filter(({ rule }) => rule.value > 0 && (since === undefined || now.getTime() < fromWhen(since, rule)))
      .map((demand) => violation(arrival, demand, since, now));
  });
}

/** Whether anything asks for an age, so that it has to be found out. */
export function hasAgeRule({ enforced, warned }: Readonly<Record<"enforced" | "warned", EffectivePolicy>>): boolean {
  return [enforced, warned].some(
    ({ ageMinimum, ageSources, agePackages }) =>
      ageMinimum !== undefined || Object.keys({ ...ageSources, ...agePackages }).length > 0,
  );
}

function demandsOn(policy: EffectivePolicy, { step, artifact }: Arrival): readonly Demand[] {
  const demands: Demand[] = [];
  if (policy.ageMinimum !== undefined) demands.push({ name: "age.minimum-days", rule: policy.ageMinimum });
  for (const [source, rule] of Object.entries(policy.ageSources))
    if (artifact !== undefined && globMatches(source, artifact.origin))
      demands.push({ name: `age.sources.${source}`, rule });
  for (const [pattern, rule] of Object.entries(policy.agePackages))
    if (covers([pattern], step)) demands.push({ name: `age.packages.${pattern}`, rule });
  return demands;
}

function fromWhen(since: Date, { value }: Rule<number>): number {
  return since.getTime() + value * DAY_MS;
}

function violation(arrival: Arrival, { name, rule }: Demand, since: Date | undefined, now: Date): Violation {
  const what = describeArrival(arrival);
  return {
    address: arrival.step.address,
    rule: name,
    file: rule.file,
    ...(rule.line === undefined ? {} : { line: rule.line }),
    message:
      since === undefined
        ? `No signed index says since when ${what} is known; ${days(rule.value)} is the least.`
        : `${what} is known since ${minute(since)}, for ${days(fullDays(since, now))}; ${days(rule.value)} is the least.`,
    remedy:
      since === undefined
        ? "Take it from a source with a signed index."
        : `It may be installed from ${minute(new Date(fromWhen(since, rule)))} on. Until then pin an older version.`,
  };
}

function fullDays(since: Date, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - since.getTime()) / DAY_MS));
}

function days(count: number): string {
  return count === 1 ? "1 day" : `${count} days`;
}

/** `2026-11-27 14:05 UTC`, rounded up, so that it holds when it is named. */
function minute(time: Date): string {
  const up = new Date(Math.ceil(time.getTime() / 60_000) * 60_000);
  return `${up.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
