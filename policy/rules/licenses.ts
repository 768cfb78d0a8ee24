import {
  leafText,
  leavesOf,
  parseSpdx,
  type SpdxExpression,
  type SpdxLeaf,
  usableUnder,
} from "../../host/spdx-expression.ts";
import { globMatches } from "../../schema/files/glob.ts";
import type { Evidence, Violation } from "../../schema/model/artifact.ts";
import type { Rule } from "../../schema/model/policy.ts";
import { type Arrival, cut, type RuleContext, refusal } from "./context.ts";

/** One list of one file, and what it admits. */
interface Demand {
  readonly name: "licenses.allow" | "licenses.deny";
  readonly rule: Rule<readonly string[]>;
  readonly admits: (leaf: SpdxLeaf) => boolean;
}

/**
 * `[licenses] allow`, `deny` and `unknown`. All lists count together: of licenses to choose from (OR) one must be left by all of
 * them, and of those that hold together (AND) each.
 */
export function licenseViolations({ policy, arrivals }: RuleContext): Violation[] {
  const demands = [
    ...policy.licensesDeny.map((rule): Demand => ({ name: "licenses.deny", rule, admits: notAmong(rule.value) })),
    ...policy.licensesAllow.map((rule): Demand => ({ name: "licenses.allow", rule, admits: among(rule.value) })),
  ];
  const unknown = policy.licensesUnknown ?? demands[0]?.rule;
  if (unknown === undefined || (demands.length === 0 && unknown.value === "allow")) return [];
  return arrivals.flatMap((arrival) => {
    const evidence = arrival.judgement?.evidence ?? [];
    const found = evidence.find(({ check }) => check === "license");
    if (found?.verdict === "pending" && !bytesAreHere(evidence)) return [];
    const expression = found?.verdict === "pass" ? parseSpdx(found.facts.license ?? "") : undefined;
    if (expression !== undefined) return against(expression, demands).map((each) => broken(each, arrival, found));
    const name = policy.licensesUnknown === undefined ? demands[0]?.name : "licenses.unknown";
    return unknown.value === "allow" ? [] : [untold(name ?? "licenses.unknown", unknown, arrival, found)];
  });
}

/** Bytes that are here and still tell nothing will not tell more later. */
function bytesAreHere(evidence: readonly Evidence[]): boolean {
  return evidence.some(({ check, verdict }) => check === "checksum" && verdict !== "pending");
}

/** In any case of letters (SPDX 2.3, annex D.2). What an exception permits beyond its license counts where a list names both; a denied license is denied with any. */
function among(patterns: readonly string[]): Demand["admits"] {
  const plain = patterns.map((pattern) => pattern.toLowerCase());
  return (leaf) => {
    const names = [leaf.license, leafText(leaf)].map((name) => name.toLowerCase());
    return plain.some((pattern) => names.some((name) => globMatches(pattern, name)));
  };
}

function notAmong(patterns: readonly string[]): Demand["admits"] {
  const covers = among(patterns);
  return (leaf) => !covers(leaf);
}

/** The lists that stand in the way: those that do so alone, or else the last of those that only do so together. */
function against(expression: SpdxExpression, demands: readonly Demand[]): readonly Demand[] {
  const alone = demands.filter(({ admits }) => !usableUnder(expression, admits));
  if (alone.length > 0) return alone;
  return usableUnder(expression, (leaf) => demands.every(({ admits }) => admits(leaf))) ? [] : demands.slice(-1);
}

function broken({ name, rule, admits }: Demand, arrival: Arrival, found: Evidence | undefined): Violation {
  const text = found?.facts.license ?? "";
  const expression = parseSpdx(text);
  const refused =
    expression === undefined
      ? []
      : leavesOf(expression)
          .filter((leaf) => !admits(leaf))
          .map(leafText);
  const those = refused.length === 0 ? "what the lists leave together" : refused.join(", ");
  const why =
    name === "licenses.deny" ? `${those} may not be installed` : `${those} is not on the list of what may be installed`;
  const read = found?.facts.basis === "text" ? ", as far as the words of its copyright file tell" : "";
  const remedy = `${cut(arrival)} Or have the list in ${rule.file} changed.`;
  return refusal(name, rule, arrival, `it is under ${text}${read}, and ${why}.`, remedy);
}

function untold(name: string, rule: Rule<unknown>, arrival: Arrival, found: Evidence | undefined): Violation {
  const why = found?.detail ?? "Nothing is known of its license.";
  const remedy = `Look at its copyright file; \`unknown = "allow"\` under [licenses] lets through what cannot be told. Or: ${cut(arrival)}`;
  return refusal(name, rule, arrival, `its license could not be told. ${why}`, remedy);
}
