import type { Evidence } from "../../schema/model/artifact.ts";
import type { ProvenanceCode } from "./finding.ts";

/** One of the checks that provenance goes through, in their order. */
export interface ProvenanceCheck {
  readonly name: string;
  readonly verdict: "pass" | "fail" | "unknown" | "not-reached";
  /** What passed it, or what kept it from passing; empty where it was not reached. */
  readonly detail: string;
}

interface Stage {
  readonly name: string;
  readonly codes: readonly ProvenanceCode[];
  /** What a bundle that got past it has shown. */
  readonly shown: (facts: Evidence["facts"]) => string;
}

const STAGES: readonly Stage[] = [
  {
    name: "found",
    codes: ["not-found", "not-asked", "unreachable"],
    shown: ({ bundle = "" }) => (bundle === "" ? "" : `a bundle, SHA-256 ${short(bundle)}`),
  },
  {
    name: "trust root",
    codes: ["trust-root-bad"],
    shown: ({ trust = "" }) => (trust === "" ? "" : `SHA-256 ${short(trust)}`),
  },
  {
    name: "bundle",
    codes: [
      "bundle-malformed",
      "bundle-too-large",
      "no-statement",
      "unreadable",
      "inclusion-missing",
      "checkpoint-missing",
    ],
    shown: () => "well-formed, with a proof of inclusion and a checkpoint",
  },
  {
    name: "time",
    codes: ["timestamp-bad"],
    shown: ({ logged = "" }) => (logged === "" ? "proved" : `signed ${logged}`),
  },
  { name: "certificate", codes: ["certificate-bad"], shown: () => "of an authority of the trust root, and in its log" },
  {
    name: "log",
    codes: ["inclusion-bad", "checkpoint-bad", "log-entry-bad"],
    shown: ({ entry = "" }) => (entry === "" ? "holds this entry" : `holds this as entry ${entry}`),
  },
  { name: "signature", codes: ["bundle-signature-bad"], shown: () => "over this statement" },
  { name: "identity", codes: ["identity-mismatch"], shown: ({ signer = "" }) => signer },
  { name: "statement", codes: ["statement-malformed", "predicate-unknown"], shown: ({ predicate = "" }) => predicate },
  {
    name: "agreement",
    codes: ["certificate-disagrees"],
    shown: () => "the certificate says the same as the statement",
  },
  { name: "subject", codes: ["subject-mismatch"], shown: ({ subject = "" }) => subject },
];

/** The beginning of a digest; the facts have all of it. */
function short(digest: string): string {
  return `${digest.slice(0, 16)}…`;
}

/**
 * The checks behind one piece of evidence about provenance. They are done in this order, and the first that fails ends it, so
 * what comes before has passed and what comes after was not reached. Pure.
 */
export function explainProvenance({ code, verdict, detail, facts }: Evidence): readonly ProvenanceCheck[] {
  const stopped = facts.rule === undefined ? STAGES.findIndex(({ codes }) => codes.some((each) => each === code)) : -1;
  const last = stopped < 0 ? STAGES.length : stopped;
  const ended = verdict === "fail" ? "fail" : "unknown";
  const stages = STAGES.map(({ name, shown }, index): ProvenanceCheck => {
    if (index < last) return { name, verdict: "pass", detail: shown(facts) };
    return index === last ? { name, verdict: ended, detail } : { name, verdict: "not-reached", detail: "" };
  });
  if (stopped >= 0) return [...stages, { name: "expectations", verdict: "not-reached", detail: "" }];
  const broken = facts.rule !== undefined;
  const met = facts.source === "named" ? "as policy wants it" : "no rule of a policy names the source";
  return [...stages, { name: "expectations", verdict: broken ? "fail" : "pass", detail: broken ? detail : met }];
}
