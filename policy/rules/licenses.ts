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
import type { LicenseRule } from "../license-tables.ts";
import { type Arrival, covers, cut, type RuleContext, refusal } from "./context.ts";

/** One list of one file, and what it admits. */
interface Demand {
  readonly key: "allow" | "deny";
  readonly name: string;
  readonly rule: Rule<readonly string[]>;
  readonly admits: (leaf: SpdxLeaf) => boolean;
}

/**
 * `[licenses] allow`, `deny` and `unknown`: overall, of the source, of the package. All lists that apply count together: of licenses to
 * choose from (OR) one must be left by all of them, and of those that hold together (AND) each.
 */
export function licenseViolations({ policy, arrivals }: RuleContext): Violation[] {
  if (policy.licenses.every(({ value }) => value === "allow")) return [];
  return arrivals.flatMap((arrival) => {
    const rules = policy.licenses.filter((rule) => isAbout(rule, arrival));
    const evidence = arrival.judgement?.evidence ?? [];
    const found = evidence.find(({ check }) => check === "license");
    if (found?.verdict === "pending" && !bytesAreHere(evidence)) return [];
    const expression = found?.verdict === "pass" ? parseSpdx(found.facts.license ?? "") : undefined;
    if (expression !== undefined)
      return against(expression, demandsOf(rules)).map((each) => broken(each, arrival, found));
    return rules.filter(({ value }) => value === "refuse").map((rule) => untold(rule, arrival, found));
  });
}

/** Where nobody names a source, every source's rule is about it. */
function isAbout(rule: LicenseRule, { step, artifact }: Arrival): boolean {
  if (rule.source !== undefined) return artifact === undefined || globMatches(rule.source, artifact.origin);
  return rule.package === undefined || covers([rule.package], step);
}

/** What is denied comes first. */
function demandsOf(rules: readonly LicenseRule[]): readonly Demand[] {
  return (["deny", "allow"] as const).flatMap((key) =>
    rules.flatMap((rule) =>
      rule.key === key
        ? [{ key, name: rule.name, rule, admits: key === "deny" ? notAmong(rule.value) : among(rule.value) }]
        : [],
    ),
  );
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
  const admits = among(patterns);
  return (leaf) => !admits(leaf);
}

/** The lists that stand in the way: those that do so alone, or else the last of those that only do so together. */
function against(expression: SpdxExpression, demands: readonly Demand[]): readonly Demand[] {
  const alone = demands.filter(({ admits }) => !usableUnder(expression, admits));
  if (alone.length > 0) return alone;
  return usableUnder(expression, (leaf) => demands.every(({ admits }) => admits(leaf))) ? [] : demands.slice(-1);
}

function broken({ key, name, rule, admits }: Demand, arrival: Arrival, found: Evidence | undefined): Violation {
  const text = found?.facts.license ?? "";
  const expression = parseSpdx(text);
  const refused =
    expression === undefined
      ? []
      : leavesOf(expression)
          .filter((leaf) => !admits(leaf))
          .map(leafText);
  const those = refused.length === 0 ? "what the lists leave together" : refused.join(", ");
  const why = key === "deny" ? `${those} may not be installed` : `${those} is not on the list of what may be installed`;
  const read = found?.facts.basis === "text" ? ", as far as the words of its copyright file tell" : "";
  const remedy = `${cut(arrival)} Or have the list in ${rule.file} changed.`;
  return refusal(name, rule, arrival, `it is under ${text}${read}, and ${why}.`, remedy);
}

function untold(rule: LicenseRule, arrival: Arrival, found: Evidence | undefined): Violation {
  const why = found?.detail ?? "Nothing is known of its license.";
  const table = rule.name.slice(0, rule.name.lastIndexOf("."));
  const remedy = `Look at its copyright file; \`unknown = "allow"\` under [${table}] lets through what cannot be told. Or: ${cut(arrival)}`;
  return refusal(rule.name, rule, arrival, `its license could not be told. ${why}`, remedy);
}
