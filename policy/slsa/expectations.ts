import { globMatches } from "../../schema/files/glob.ts";
import type { Evidence } from "../../schema/model/artifact.ts";
import type { NamedRule, ProvenanceDemands } from "../provenance-tables.ts";
import { type ProvenanceCode, provenanceEvidence } from "./finding.ts";

interface Expectation {
  readonly code: ProvenanceCode;
  readonly what: string;
  readonly rules: readonly NamedRule<readonly string[]>[];
  readonly found: string;
  readonly allows: (pattern: string, found: string) => boolean;
}

/** A rule that provenance, valid in itself, does not meet. */
export interface Unmet {
  readonly code: ProvenanceCode;
  readonly rule: NamedRule<unknown>;
  readonly detail: string;
}

/**
 * Holds provenance that is valid in itself to what a policy expects of it; any other evidence stays as it is. The facts alone
 * decide, so that what an earlier run recorded is held to today's policy. Pure.
 */
export function expected(evidence: Evidence, demands: ProvenanceDemands): Evidence {
  if (evidence.verdict !== "pass") return evidence;
  const [first] = unmetBy(evidence.facts, demands);
  if (first === undefined) return { ...evidence, facts: withLevel(evidence.facts, demands) };
  return provenanceEvidence(first.code, first.detail, { ...evidence.facts, rule: first.rule.name });
}

/** Every rule that these facts do not meet. Pure. */
export function unmetBy(facts: Evidence["facts"], demands: ProvenanceDemands): readonly Unmet[] {
  const pins = expectationsOf(facts, demands).flatMap(({ code, what, rules, found, allows }) =>
    rules
      .filter(({ value }) => !value.some((pattern) => allows(pattern, found)))
      .map((rule) => ({ code, rule, detail: `It ${what} ${found}; allowed is only ${rule.value.join(", ")}.` })),
  );
  const { level } = withLevel(facts, demands);
  const { level: rule } = demands;
  if (rule === undefined || Number(level) >= rule.value) return pins;
  const detail = `Its provenance supports SLSA build level ${level}; ${rule.value} is the least.`;
  return [...pins, { code: "level-too-low", rule, detail }];
}

function expectationsOf(facts: Evidence["facts"], demands: ProvenanceDemands): readonly Expectation[] {
  const { issuer = "", repository = "", workflow = "", builder = "" } = facts;
  return [
    {
      code: "identity-mismatch",
      what: "was signed on the word of",
      rules: demands.issuers,
      found: issuer,
      allows: addressMatches,
    },
    {
      code: "repository-mismatch",
      what: "was built from",
      rules: demands.repositories,
      found: repository,
      allows: addressMatches,
    },
    {
      code: "workflow-mismatch",
      what: "was built by the workflow",
      rules: demands.workflows,
      found: workflow,
      allows: (pattern, found) => workflowMatches(pattern, found, repository),
    },
    { code: "builder-mismatch", what: "was built by", rules: demands.builders, found: builder, allows: refMatches },
  ];
}

/**
 * A reusable workflow that lies apart from the source isolates the build as far as its author took care that it does. A policy
 * that names it vouches for that, and then it supports level 3. Grade `locked` needs that the source was named, too: anybody
 * can have a good builder build anything.
 */
function withLevel({ source: _, ...facts }: Evidence["facts"], demands: ProvenanceDemands): Evidence["facts"] {
  const supported = facts.supported ?? facts.level ?? "0";
  const vouched = facts.apart === "yes" && demands.builders.length > 0;
  const named = demands.repositories.length > 0 ? { source: "named" } : {};
  return { ...facts, supported, level: vouched ? "3" : supported, ...named };
}

/** Part by part between the slashes, each of them whole: a `*` never stands for a `/`. */
function addressMatches(pattern: string, text: string): boolean {
  const wanted = pattern.split("/");
  const found = text.split("/");
  return wanted.length === found.length && wanted.every((part, index) => globMatches(part, found[index] ?? ""));
}

/** A pattern without `@` is about the address alone, at whatever branch or tag. */
function refMatches(pattern: string, text: string): boolean {
  const [wanted, wantedRef] = splitRef(pattern);
  const [address, ref] = splitRef(text);
  return addressMatches(wanted, address) && (wantedRef === undefined || addressMatches(wantedRef, ref ?? ""));
}

/** A whole address, or the path within the repository. */
function workflowMatches(pattern: string, text: string, repository: string): boolean {
  if (/^https?:/.test(pattern)) return refMatches(pattern, text);
  return text.startsWith(`${repository}/`) && refMatches(pattern, text.slice(repository.length + 1));
}

function splitRef(text: string): readonly [string, string | undefined] {
  const at = text.indexOf("@");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
