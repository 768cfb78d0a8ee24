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

/**
 * Holds provenance that is valid in itself to what a policy expects of it; any other evidence stays as it is. The facts alone
 * decide, so that what an earlier run recorded is held to today's policy. Pure.
 */
export function expected(evidence: Evidence, demands: ProvenanceDemands): Evidence {
  if (evidence.verdict !== "pass") return evidence;
  for (const expectation of expectationsOf(evidence.facts, demands)) {
    const broken = expectation.rules.find(
      ({ value }) => !value.some((pattern) => expectation.allows(pattern, expectation.found)),
    );
    if (broken !== undefined) return unexpected(evidence, expectation, broken);
  }
  return withLevel(evidence, demands);
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

function unexpected(
  evidence: Evidence,
  { code, what, found }: Expectation,
  rule: NamedRule<readonly string[]>,
): Evidence {
  const detail = `It ${what} ${found}, and ${placeOf(rule)} allows only ${rule.value.join(", ")}.`;
  return provenanceEvidence(code, detail, { ...evidence.facts, ...placeFacts(rule) });
}

/**
 * A reusable workflow that lies apart from the source isolates the build as far as its author took care that it does. A policy
 * that names it vouches for that, and then it supports level 3. Grade `locked` needs that the source was named, too: anybody
 * can have a good builder build anything.
 */
function withLevel(evidence: Evidence, demands: ProvenanceDemands): Evidence {
  const { facts } = evidence;
  const vouched = facts.apart === "yes" && demands.builders.length > 0;
  const level = vouched ? "3" : (facts.level ?? "0");
  const raised = {
    ...evidence,
    facts: { ...facts, level, ...(demands.repositories.length > 0 ? { source: "named" } : {}) },
  };
  const rule = demands.level;
  if (rule === undefined || Number(level) >= rule.value) return raised;
  return provenanceEvidence(
    "level-too-low",
    `Its provenance supports SLSA build level ${level}, and ${placeOf(rule)} wants ${rule.value}.`,
    { ...raised.facts, ...placeFacts(rule) },
  );
}

/** For the violation that comes of it: `rule`, `file`, `line`. */
function placeFacts({ name, file, line }: NamedRule<unknown>): Evidence["facts"] {
  return { rule: name, file, ...(line === undefined ? {} : { line: String(line) }) };
}

function placeOf({ name, file, line }: NamedRule<unknown>): string {
  return `${name} (${file}${line === undefined ? "" : `:${line}`})`;
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
