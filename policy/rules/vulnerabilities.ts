import { globMatches } from "../../schema/files/glob.ts";
import type { Evidence, Violation } from "../../schema/model/artifact.ts";
import type { Rule } from "../../schema/model/policy.ts";
import type { Address } from "../../schema/model/resource.ts";
import type { Vulnerability } from "../../schema/model/vulnerability.ts";
import { rankOf } from "../severity/level.ts";
import { asksForVulnerabilities, type Scoped, STRICTER, type VulnerabilityDemands } from "../vulnerability-demands.ts";
import { covers, describeArrival, type RuleContext } from "./context.ts";

/** A rule as it applies to one package, with its name in policy.toml. */
interface Demand<T> {
  readonly name: string;
  readonly rule: Rule<T>;
}

/**
 * `[vulnerabilities]`: one violation for each vulnerability above the highest severity that may be, and one for what could not be
 * found out where that is refused. An upgrade is judged by what it brings, even where it is better than what is here.
 */
export function vulnerabilityViolations({ policy, arrivals }: RuleContext): Violation[] {
  return arrivals.flatMap((arrival) => {
    const { step, artifact, judgement } = arrival;
    const about = {
      name: step.name,
      address: step.address,
      ...(artifact === undefined ? {} : { source: artifact.origin }),
      words: describeArrival(arrival),
    };
    return violationsOf(
      policy.vulnerabilities,
      about,
      judgement?.evidence.find(({ check }) => check === "vulnerabilities"),
    );
  });
}

/** Something that is to be installed, or is. */
export interface Subject {
  readonly name: string;
  readonly address: Address;
  /** Absent where it is not known: then every source's rule applies. */
  readonly source?: string;
  /** `curl 7.88.1-10 from debian` */
  readonly words: string;
}

/** What these demands refuse of one package, by the evidence of the check `vulnerabilities`. Pure. */
export function violationsOf(
  demands: VulnerabilityDemands,
  about: Subject,
  evidence: Evidence | undefined,
): Violation[] {
  if (!asksForVulnerabilities(demands)) return [];
  if (evidence === undefined || evidence.verdict === "unknown") return notKnown(demands, about, evidence);
  return [...tooSevere(demands, about, evidence), ...tooOld(demands, about, evidence)];
}

function tooSevere(demands: VulnerabilityDemands, about: Subject, evidence: Evidence): Violation[] {
  const worst = strictest(demands.maxSeverity, "max-severity", about, STRICTER.maxSeverity);
  const unfixed = strictest(demands.unfixed, "unfixed", about, STRICTER.unfixed);
  if (worst === undefined) return [];
  const isRefused = ({ severity, fixed }: Vulnerability) =>
    rankOf(severity) > rankOf(worst.rule.value) && (fixed !== undefined || unfixed?.rule.value !== "ignore");
  return (evidence.vulnerabilities ?? []).filter(isRefused).map((vulnerability) => ({
    ...placed(worst, about),
    message: `${about.words} has ${words(vulnerability)}; ${worst.rule.value} is the worst that may be. ${listAge(evidence)}`,
    remedy:
      vulnerability.fixed === undefined
        ? "Do without it until there is a fix, or put something else in its place."
        : `Take ${vulnerability.fixed} or newer (\`omg update ${about.name}\`), where a source has it.`,
    ids: [vulnerability.id],
    ...(vulnerability.aliases.length > 0 && { aliases: vulnerability.aliases }),
  }));
}

function words({ id, severity, score, urgency, fixed, unclear }: Vulnerability): string {
  const rated = severity === "unknown" ? "unknown severity" : severity;
  const facts = [
    rated,
    ...(score === undefined ? [] : [`CVSS ${score.toFixed(1)}`]),
    ...(urgency === undefined ? [] : [`urgency ${urgency}`]),
    fixed === undefined ? "no fixed version" : `fixed in ${fixed}`,
    ...(unclear === undefined ? [] : ["its list could not be read for this version"]),
  ];
  return `${id} (${facts.join(", ")})`;
}

function listAge({ facts }: Evidence): string {
  return `The list is of ${(facts.date ?? "").slice(0, 10)}, ${facts.age} days ago.`;
}

function notKnown(demands: VulnerabilityDemands, about: Subject, evidence: Evidence | undefined): Violation[] {
  const demand = strictest(demands.unknown, "unknown", about, STRICTER.unknown);
  if (demand?.rule.value !== "refuse") return [];
  const why = evidence?.detail ?? "Nobody was asked.";
  const remedy =
    evidence?.code === "no-ecosystem"
      ? 'Take it from a source that such lists are about, or have the policy ask `unknown = "refuse"` only of those that are.'
      : "Fetch the lists: `omg audit update`.";
  return [{ ...placed(demand, about), message: `Vulnerabilities of ${about.words} are not known. ${why}`, remedy }];
}

function tooOld({ maxAge }: VulnerabilityDemands, about: Subject, { facts }: Evidence): Violation[] {
  if (maxAge === undefined || Number(facts.age) <= maxAge.value) return [];
  return [
    {
      ...placed({ name: "vulnerabilities.max-age", rule: maxAge }, about),
      message: `${about.words} is judged by a list of vulnerabilities of ${(facts.date ?? "").slice(0, 10)}, ${facts.age} days ago, and ${maxAge.value} may be.`,
      remedy: "Fetch a newer one: `omg audit update`.",
    },
  ];
}

function placed(
  { name, rule }: Demand<unknown>,
  { address }: Subject,
): Pick<Violation, "address" | "rule" | "file" | "line"> {
  return { address, rule: name, file: rule.file, ...(rule.line === undefined ? {} : { line: rule.line }) };
}

/** The strictest of what applies: overall, of the source, of the package. `compare` is positive where the first is stricter. */
function strictest<T>(
  table: Scoped<T>,
  key: string,
  about: Subject,
  compare: (a: T, b: T) => number,
): Demand<T> | undefined {
  const demands: Demand<T>[] = [];
  if (table.overall !== undefined) demands.push({ name: `vulnerabilities.${key}`, rule: table.overall });
  for (const [source, rule] of Object.entries(table.sources))
    if (about.source === undefined || globMatches(source, about.source))
      demands.push({ name: `vulnerabilities.sources.${source}.${key}`, rule });
  for (const [pattern, rule] of Object.entries(table.packages))
    if (covers([pattern], about)) demands.push({ name: `vulnerabilities.packages.${pattern}.${key}`, rule });
  return demands.reduce<Demand<T> | undefined>(
    (found, each) => (found === undefined || compare(each.rule.value, found.rule.value) > 0 ? each : found),
    undefined,
  );
}
