import type { Artifact, DebianChain, Evidence, Judgement, Verdict } from "../schema/model/artifact.ts";
import type { Gate } from "../schema/model/gate.ts";
import type { Policies } from "../schema/model/policy.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { type DatabaseFolder, hasDatabase } from "./advisories/database.ts";
import type { AdvisorySources } from "./advisories/sources.ts";
import { checkChecksum } from "./checksum/verify.ts";
import { type EffectivePolicy, effectivePolicy } from "./effective.ts";
import { evaluate } from "./evaluate.ts";
import { grade } from "./grade.ts";
import { type LicensesOf, licenseVerifier } from "./licenses/verify.ts";
import { rememberingReader } from "./pgp/foreseen.ts";
import { type ChainVerifier, createChainVerifier } from "./pgp/verify.ts";
import { recordedEvidence } from "./recorded.ts";
import { asksForVulnerabilities } from "./vulnerability-demands.ts";

export type { DatabaseFolder } from "./advisories/database.ts";
export type { Asking } from "./advisories/fetch.ts";
export type { AdvisorySources } from "./advisories/sources.ts";
export { BUILT_IN_POLICY } from "./effective.ts";
export { keyAges } from "./pgp/key-ages.ts";

export interface GateOptions {
  readonly policies: Policies;
  /** The time that signatures and releases are judged at. */
  readonly now: Date;
  /** A folder of this user's for what was found out before; absent: nothing is remembered. */
  readonly cache?: string;
  /** Absent: of vulnerabilities nothing can be found out. */
  readonly advisories?: AdvisoryOptions;
  /** Path of the bytes with this hash; undefined while they are not here. */
  filePath(sha256: string): string | undefined;
  /** Asked only where the policy has something to say about licenses; absent: nobody can tell any. */
  readonly licensesOf?: LicensesOf;
}

/** What is known of vulnerabilities. Nothing is read before it is needed. */
export interface AdvisoryOptions {
  readonly folders: readonly DatabaseFolder[];
  /** With a server, where config.toml says so: only asked where a policy wants to know. */
  sources(): Promise<AdvisorySources>;
}

/** One kind of check over all artifacts of a run at once: evidence for each of them, in their order. Never throws for a bad one. */
type Verifier = (artifacts: readonly Artifact[]) => Promise<readonly (readonly Evidence[])[]>;

/**
 * The gate of one run. Release files and indexes are verified once and remembered; bytes are hashed at every question.
 * Artifacts of both roles are judged, so that records have evidence of what was replaced; only what is installed is held to
 * the policy.
 */
export function createGate({ policies, now, cache, advisories, filePath, licensesOf }: GateOptions): Gate {
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
  const holes: Verifier = (artifacts) => knownHoles(artifacts, advisories, policy, now);
  const licenses = licenseVerifier(policy, filePath, licensesOf);
  const judged = (by: ChainVerifier, transactions: readonly Transaction[]) =>
    judgeBy([checksums, (artifacts) => chainEvidence(by, artifacts), holes, licenses], transactions);
  return {
    judge: (transactions) => judged(chains, transactions),
    foresee: (transactions) => judged(foreseen, transactions),
  };
}

/**
 * Known vulnerabilities of what would be installed: where a policy asks for them, or where a database is there to be read. Without
 * either, nobody looked, and there is no evidence.
 */
async function knownHoles(
  artifacts: readonly Artifact[],
  advisories: AdvisoryOptions | undefined,
  policy: EffectivePolicy,
  now: Date,
): Promise<readonly (readonly Evidence[])[]> {
  const asks = asksForVulnerabilities(policy.vulnerabilities);
  const install = artifacts.some(({ role }) => role === "install");
  if (advisories === undefined || !install || !(asks || hasDatabase(advisories.folders)))
    return artifacts.map(() => []);
  const { vulnerabilityEvidence } = await import("./advisories/verify.ts");
  return vulnerabilityEvidence(artifacts, asks ? await advisories.sources() : { folders: advisories.folders }, now);
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
