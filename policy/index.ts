import type { Artifact, DebianChain, Evidence, Judgement, Verdict } from "../schema/model/artifact.ts";
import type { Gate } from "../schema/model/gate.ts";
import type { Policies } from "../schema/model/policy.ts";
import type { ProvenanceNeed } from "../schema/model/provenance.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { checkChecksum } from "./checksum/verify.ts";
import { effectivePolicy } from "./effective.ts";
import { evaluate } from "./evaluate.ts";
import { grade } from "./grade.ts";
import { rememberingReader } from "./pgp/foreseen.ts";
import { type ChainVerifier, createChainVerifier } from "./pgp/verify.ts";
import { provenanceDemands } from "./provenance-tables.ts";
import { recordedEvidence } from "./recorded.ts";
import type { ProvenanceOptions } from "./slsa/artifacts.ts";

export { BUILT_IN_POLICY } from "./effective.ts";
export { keyAges } from "./pgp/key-ages.ts";

export interface GateOptions {
  readonly policies: Policies;
  /** The time that signatures and releases are judged at. */
  readonly now: Date;
  /** A folder of this user's for what was found out before; absent: nothing is remembered. */
  readonly cache?: string;
  /** Absent: of provenance nothing is known, and nothing can be found out. */
  readonly provenance?: ProvenanceOptions;
  /** Path of the bytes with this hash; undefined while they are not here. */
  filePath(sha256: string): string | undefined;
}

/** One kind of check over all artifacts of a run at once: evidence for each of them, in their order. Never throws for a bad one. */
type Verifier = (artifacts: readonly Artifact[]) => Promise<readonly (readonly Evidence[])[]>;

/**
 * The gate of one run. Release files and indexes are verified once and remembered; bytes are hashed at every question.
 * Artifacts of both roles are judged, so that records have evidence of what was replaced; only what is installed is held to
 * the policy.
 */
export function createGate({ policies, now, cache, provenance, filePath }: GateOptions): Gate {
  const policy = effectivePolicy(policies);
  const chains = createChainVerifier(now);
  const foreseen = cache === undefined ? chains : createChainVerifier(now, rememberingReader(cache));
  const judgeBy = async (verifiers: readonly Verifier[], transactions: readonly Transaction[]): Promise<Verdict> => {
    const artifacts = transactions.flatMap((transaction) => transaction.artifacts);
    const found: (readonly (readonly Evidence[])[])[] = [];
    for (const verifier of verifiers) found.push(await verifier(artifacts));
    const judgements = artifacts.map(({ address, sha256 }, index): Judgement => {
      const evidence = found.flatMap((each) => each[index] ?? []);
      return { address, sha256, evidence, grade: grade(evidence) };
    });
    return { judgements, violations: evaluate(policy, transactions, judgements, now), policy: policy.digest };
  };
  const checksums: Verifier = (artifacts) => checkAll(artifacts, filePath);
  const builds: Verifier = async (artifacts) => {
    if (policy.provenance.length === 0) return artifacts.map(() => []);
    const { provenanceOf } = await import("./slsa/artifacts.ts");
    return provenanceOf(artifacts, policy.provenance, filePath, provenance ?? NOTHING_KNOWN);
  };
  const by = (verifier: ChainVerifier): readonly Verifier[] => [
    checksums,
    (artifacts) => chainEvidence(verifier, artifacts),
    builds,
  ];
  return {
    judge: (transactions) => judgeBy(by(chains), transactions),
    foresee: (transactions) => judgeBy(by(foreseen), transactions),
  };
}

const NOTHING_KNOWN: ProvenanceOptions = { known: () => ({ bundles: [], others: [] }), trust: [] };

/** What can be said of one artifact's provenance, whether or not these policies ask for it. */
export async function provenanceEvidenceOf(
  policies: Policies,
  artifact: Artifact,
  filePath: GateOptions["filePath"],
  options: ProvenanceOptions,
): Promise<Evidence> {
  const { examineProvenance } = await import("./slsa/artifacts.ts");
  return examineProvenance(artifact, effectivePolicy(policies).provenance, filePath, options);
}

/** Whether any of these policies says something about provenance. Pure. */
export function hasProvenanceRules(policies: Policies): boolean {
  return effectivePolicy(policies).provenance.length > 0;
}

/** Of what would be installed, that whose provenance these policies have rules about. Pure. */
export function provenanceNeeds(policies: Policies, transactions: readonly Transaction[]): readonly ProvenanceNeed[] {
  const { provenance: rules } = effectivePolicy(policies);
  if (rules.length === 0) return [];
  const artifacts = transactions.flatMap((transaction) => transaction.artifacts);
  return artifacts
    .filter(({ role }) => role === "install")
    .flatMap((artifact) => {
      const demands = provenanceDemands(rules, artifact);
      if (demands === undefined) return [];
      const repositories = demands.repositories.flatMap(({ value }) => value);
      const exact = [...new Set(repositories)].filter((pattern) => !/[*?]/.test(pattern));
      return [{ artifact, required: demands.required !== undefined, repositories: exact }];
    });
}

/** One by one, so that one file at a time is read. */
async function checkAll(
  artifacts: readonly Artifact[],
  filePath: GateOptions["filePath"],
): Promise<readonly (readonly Evidence[])[]> {
  const found: Evidence[][] = [];
  for (const artifact of artifacts) found.push([await checkChecksum(artifact, filePath(artifact.sha256))]);
  return found;
}

/** Evidence of each artifact's chain, in order; all Debian chains are asked at once, so that each index is read once. */
async function chainEvidence(
  chains: ChainVerifier,
  artifacts: readonly Artifact[],
): Promise<readonly (readonly Evidence[])[]> {
  const debian = artifacts.filter(isDebian);
  const found = new Map<Artifact, Evidence>();
  for (const [index, evidence] of (await chains.check(debian)).entries()) {
    const artifact = debian[index];
    if (artifact !== undefined) found.set(artifact, evidence);
  }
  return artifacts.map((artifact) => {
    if (artifact.chain.type === "recorded") return recordedEvidence(artifact.chain);
    const evidence = found.get(artifact);
    return evidence === undefined ? [] : [evidence];
  });
}

function isDebian(artifact: Artifact): artifact is Artifact & { readonly chain: DebianChain } {
  return artifact.chain.type === "debian";
}
