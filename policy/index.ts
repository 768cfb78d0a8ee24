import type { Artifact, Chain, Evidence, Judgement, Verdict } from "../schema/model/artifact.ts";
import type { Gate } from "../schema/model/gate.ts";
import type { Policies } from "../schema/model/policy.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { checkChecksum } from "./checksum/verify.ts";
import { effectivePolicy } from "./effective.ts";
import { evaluate } from "./evaluate.ts";
import { grade } from "./grade.ts";
import { rememberingReader } from "./pgp/foreseen.ts";
import { type ChainVerifier, createChainVerifier } from "./pgp/verify.ts";
import { recordedEvidence } from "./recorded.ts";

export { BUILT_IN_POLICY } from "./effective.ts";
export { keyAges } from "./pgp/key-ages.ts";

export interface GateOptions {
  readonly policies: Policies;
  /** The time that signatures and releases are judged at. */
  readonly now: Date;
  /** A folder of this user's for what was found out before; absent: nothing is remembered. */
  readonly cache?: string;
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
export function createGate({ policies, now, cache, filePath }: GateOptions): Gate {
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
  const pacman: Verifier = (artifacts) =>
    ofKind("pacman", artifacts, async (own) => {
      const { createPacmanVerifier } = await import("./pgp/pacman.ts");
      return createPacmanVerifier({ now, filePath }).check(own);
    });
  const verifiers = (debian: ChainVerifier): readonly Verifier[] => [
    checksums,
    (artifacts) => ofKind("debian", artifacts, (own) => debian.check(own)),
    pacman,
    async (artifacts) => recorded(artifacts),
  ];
  return {
    judge: (transactions) => judgeBy(verifiers(chains), transactions),
    foresee: (transactions) => judgeBy(verifiers(foreseen), transactions),
  };
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

/** Asks one verifier about the artifacts of its kind, all at once, so that each index is read once. In order. */
async function ofKind<T extends Chain["type"]>(
  type: T,
  artifacts: readonly Artifact[],
  check: (own: readonly (Artifact & { readonly chain: Extract<Chain, { type: T }> })[]) => Promise<readonly Evidence[]>,
): Promise<readonly (readonly Evidence[])[]> {
  const isOwn = (artifact: Artifact): artifact is Parameters<typeof check>[0][number] => artifact.chain.type === type;
  const own = artifacts.filter(isOwn);
  if (own.length === 0) return [];
  const answers = await check(own);
  const found = new Map<Artifact, Evidence | undefined>(own.map((artifact, index) => [artifact, answers[index]]));
  return artifacts.map((artifact) => {
    const evidence = found.get(artifact);
    return evidence === undefined ? [] : [evidence];
  });
}

/** What earlier runs found out about what nobody lists any more. */
function recorded(artifacts: readonly Artifact[]): readonly (readonly Evidence[])[] {
  return artifacts.map(({ chain }) => (chain.type === "recorded" ? recordedEvidence(chain) : []));
}
