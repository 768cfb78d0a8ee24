import type { Judgement, Verdict } from "../schema/model/artifact.ts";
import type { Gate } from "../schema/model/gate.ts";
import type { Policies } from "../schema/model/policy.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { rulebook } from "./decide.ts";
import { grade } from "./grade.ts";
import { rememberingReader } from "./pgp/foreseen.ts";
import { NONE_SEEN, openSeenReleases } from "./pgp/seen.ts";
import { type ChainVerifier, createChainVerifier, READ_ANEW } from "./pgp/verify.ts";
import { hasAgeRule } from "./rules/age.ts";
import { openSightings } from "./sightings.ts";
import { evidenceOf, type Means } from "./verifiers.ts";

export type { DatabaseFolder } from "./advisories/database.ts";
export type { Asking } from "./advisories/fetch.ts";
export type { AdvisorySources } from "./advisories/sources.ts";
export { outcomeOf, type Situation } from "./cases.ts";
export { rulebook } from "./decide.ts";
export { BUILT_IN_POLICY } from "./effective.ts";
export { grade } from "./grade.ts";
export type { Loosening } from "./loosening.ts";
export { explainSignature, hasOwnSignature, type SignatureExplanation } from "./pgp/explain.ts";
export { keyAges } from "./pgp/key-ages.ts";
export { hasProvenanceRules, provenanceEvidenceOf, provenanceNeeds } from "./provenance.ts";
export { settingFault } from "./rules/shell.ts";
export { type ShownRule, shownRules } from "./shown.ts";
export { waiverState } from "./waivers.ts";

export interface GateOptions extends Omit<Means, "rules" | "foreseeing"> {
  readonly policies: Policies;
  /** File where first sightings are kept for rules about age; absent: only today's dates count. */
  readonly sightings?: string;
  /** The file with the newest package list that was verified of each source; absent: none is remembered. */
  readonly releases?: string;
}

/**
 * The gate of one run. Release files and indexes are verified once and remembered; bytes are hashed at every question.
 * Artifacts of both roles are judged, so that records have evidence of what was replaced; only what is installed is held to
 * the policy.
 */
export function createGate({ policies, sightings, releases, ...given }: GateOptions): Gate {
  const { now, cache } = given;
  const rules = rulebook(policies);
  const means: Means = { ...given, rules };
  const sighted = sightings !== undefined && hasAgeRule(rules) ? openSightings(sightings) : undefined;
  const seen = releases === undefined ? NONE_SEEN : openSeenReleases(releases);
  const chains = createChainVerifier(now, READ_ANEW, seen);
  const foreseen = cache === undefined ? chains : createChainVerifier(now, rememberingReader(cache), seen);
  const judgeBy = async (
    verifier: ChainVerifier,
    transactions: readonly Transaction[],
    foreseeing: boolean,
  ): Promise<Verdict> => {
    const artifacts = transactions.flatMap((transaction) => transaction.artifacts);
    const found = await evidenceOf(artifacts, verifier, seen, { ...means, foreseeing });
    const judged = artifacts.map(({ address, sha256 }, index): Judgement => {
      const evidence = found[index] ?? [];
      return { address, sha256, evidence, grade: grade(evidence) };
    });
    const judgements = sighted?.withFirstSeen(artifacts, judged) ?? judged;
    return { judgements, ...rules.decide(transactions, judgements, now) };
  };
  return {
    judge: async (transactions) => {
      const verdict = await judgeBy(chains, transactions, false);
      seen.keep();
      return verdict;
    },
    foresee: (transactions) => judgeBy(foreseen, transactions, true),
  };
}
