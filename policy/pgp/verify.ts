import { canonical } from "../../host/canonical-json.ts";
import type { Artifact, DebianChain, Evidence } from "../../schema/model/artifact.ts";
import { chainEvidence, evidenceOfFault, Refusal } from "./finding.ts";
import { readTrustedKeys } from "./keyring.ts";
import { readIndex, type VerifiedIndex } from "./listing.ts";
import { checkDates, parseRelease, type Release } from "./release.ts";
import { verifySignatures } from "./signatures.ts";
import { readSignedRelease } from "./signed-file.ts";

type ChainedArtifact = Artifact & { readonly chain: DebianChain };

/** A Release file that a bound key signed and that is valid now. */
interface VerifiedRelease {
  readonly release: Release;
  /** `release` (sha256), `key` (fingerprint), `date`. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Checks InRelease -> Packages -> .deb, the chain that apt-secure(8) describes, for many artifacts at once. */
export interface ChainVerifier {
  /** One answer for each artifact, in order; a bad chain is evidence and never an exception. */
  check(artifacts: readonly ChainedArtifact[]): Promise<Evidence[]>;
}

/**
 * A verifier for one run: every Release file is read and verified once, and every index read once for each `check`. What
 * it found stays what it was, so a package manager that replaces its lists meanwhile does not mix two states.
 */
export function createChainVerifier(now: Date): ChainVerifier {
  const releases = new Map<string, Promise<VerifiedRelease>>();
  const answers = new Map<string, Evidence>();

  const releaseOf = (chain: DebianChain): Promise<VerifiedRelease> => {
    const { release, signature, keyrings, keyBlock, fingerprints } = chain;
    const key = canonical({ release, signature, keyrings, keyBlock, fingerprints });
    const known = releases.get(key) ?? verifyRelease(chain, now);
    releases.set(key, known);
    return known;
  };

  return {
    async check(artifacts) {
      const open = artifacts.filter((artifact) => !answers.has(keyOf(artifact)));
      for (const group of byChain(open)) {
        for (const [artifact, evidence] of await checkGroup(group, releaseOf)) answers.set(keyOf(artifact), evidence);
      }
      return artifacts.map((artifact) => answers.get(keyOf(artifact)) ?? evidenceOfFault("nothing was found out"));
    },
  };
}

function keyOf(artifact: ChainedArtifact): string {
  return canonical([artifact.chain, artifact.name, artifact.version, artifact.arch, artifact.sha256]);
}

function byChain(artifacts: readonly ChainedArtifact[]): Iterable<readonly ChainedArtifact[]> {
  const groups = new Map<string, ChainedArtifact[]>();
  for (const artifact of artifacts) {
    const key = canonical(artifact.chain);
    groups.set(key, [...(groups.get(key) ?? []), artifact]);
  }
  return groups.values();
}

/** Artifacts that share one chain. */
async function checkGroup(
  group: readonly ChainedArtifact[],
  releaseOf: (chain: DebianChain) => Promise<VerifiedRelease>,
): Promise<[ChainedArtifact, Evidence][]> {
  const chain = group[0]?.chain;
  if (chain === undefined) return [];
  let facts: Readonly<Record<string, string>> = {};
  try {
    refuseBlindTrust(chain);
    const verified = await releaseOf(chain);
    facts = verified.facts;
    const names = new Set(group.map(packageName));
    const index = await readIndex(verified.release, { path: chain.index, key: chain.indexKey }, names);
    return group.map((artifact) => [artifact, listed(artifact, index, verified.facts)]);
  } catch (fault) {
    const evidence = evidenceOfFault(fault, facts);
    return group.map((artifact) => [artifact, evidence]);
  }
}

function refuseBlindTrust(chain: DebianChain): void {
  if (!chain.trusted) return;
  throw new Refusal("source-trusted-blindly", "The source says trusted=yes: apt takes it without any signature.");
}

async function verifyRelease(chain: DebianChain, now: Date): Promise<VerifiedRelease> {
  const [signed, keys] = await Promise.all([readSignedRelease(chain), readTrustedKeys(chain)]);
  const key = await verifySignatures(signed, keys, now);
  const release = parseRelease(signed.text);
  checkDates(release, now);
  return { release, facts: { release: signed.sha256, key, date: release.date.toISOString() } };
}

function listed(
  artifact: ChainedArtifact,
  index: VerifiedIndex,
  releaseFacts: Readonly<Record<string, string>>,
): Evidence {
  const facts = { ...releaseFacts, index: index.sha256 };
  const same = (index.listings.get(packageName(artifact)) ?? []).filter(
    ({ version, arch }) => version === artifact.version && arch === artifact.arch,
  );
  if (same.some((listing) => listing.sha256 === artifact.sha256)) {
    const listedBy = `Listed in ${artifact.chain.indexKey}, which key ${releaseFacts.key} signed.`;
    return artifact.chain.bound
      ? chainEvidence("signature-valid", listedBy, facts)
      : chainEvidence(
          "no-keyring-bound",
          `${listedBy} The source has no Signed-By: any key that apt trusts could have.`,
          facts,
        );
  }
  const what = `${artifact.name} ${artifact.version} (${artifact.arch})`;
  const detail =
    same.length === 0
      ? `The signed index does not list ${what}.`
      : `The signed index lists ${what} with SHA-256 ${same[0]?.sha256}, not ${artifact.sha256}.`;
  return chainEvidence("artifact-not-listed", detail, facts);
}

/** The name without the architecture that resources of a foreign one carry: `libc6:i386`. */
function packageName({ name }: Artifact): string {
  return name.replace(/:.*$/, "");
}
