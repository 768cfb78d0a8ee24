import { canonical } from "../../host/canonical-json.ts";
import type { Artifact, DebianChain, Evidence } from "../../schema/model/artifact.ts";
import { chainEvidence, evidenceOfFault, Refusal } from "./finding.ts";
import { readTrustedKeys } from "./keyring.ts";
import { readIndex, type VerifiedIndex } from "./listing.ts";
import { checkDates, parseRelease, type Release } from "./release.ts";
import { refuseOlderRelease } from "./replay.ts";
import { NONE_SEEN, type SeenReleases } from "./seen.ts";
import { type Voucher, verifySignatures } from "./signatures.ts";
import { readSignedRelease } from "./signed-file.ts";

type ChainedArtifact = Artifact & { readonly chain: DebianChain };

/** Checks InRelease -> Packages -> .deb, the chain that apt-secure(8) describes, for many artifacts at once. */
export interface ChainVerifier {
  /**
   * One answer for each artifact, in order; a bad chain is evidence and never an exception.
   * @throws OmgError `record-damaged` where it cannot be known what was seen before
   */
  check(artifacts: readonly ChainedArtifact[]): Promise<Evidence[]>;
}

/** What a chain is read with: everything anew, or by what was found out before (foreseen.ts). */
export interface ChainReader {
  /** @throws Refusal */
  release(chain: DebianChain, now: Date): Promise<SignedBy>;
  /** @throws Refusal */
  index(release: Release, chain: DebianChain, names: ReadonlySet<string>): Promise<VerifiedIndex>;
}

export const READ_ANEW: ChainReader = {
  release: verifyRelease,
  index: (release, { index, indexKey }, names) => readIndex(release, { path: index, key: indexKey }, names),
};

/** A Release file that a bound key signed. */
export interface SignedBy {
  readonly release: Release;
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
  readonly voucher: Voucher;
}

/** One that is valid now, too. */
interface VerifiedRelease {
  readonly release: Release;
  /** `release` (sha256), `key` (fingerprint), `date`. */
  readonly facts: Readonly<Record<string, string>>;
}

/**
 * A verifier for one run: every Release file is read and verified once, and every index read once for each `check`. What
 * it found stays what it was, so a package manager that replaces its lists meanwhile does not mix two states.
 */
export function createChainVerifier(
  now: Date,
  reader: ChainReader = READ_ANEW,
  seen: SeenReleases = NONE_SEEN,
): ChainVerifier {
  const releases = new Map<string, Promise<VerifiedRelease>>();
  const answers = new Map<string, Evidence>();

  const releaseOf = (chain: DebianChain): Promise<VerifiedRelease> => {
    const { release, signature, keyrings, keyBlock, fingerprints, asOf, bound, kept } = chain;
    const key = canonical({ release, signature, keyrings, keyBlock, fingerprints, asOf, bound, kept });
    const known = releases.get(key) ?? validRelease(chain, now, reader, seen);
    releases.set(key, known);
    return known;
  };

  return {
    async check(artifacts) {
      const open = artifacts.filter((artifact) => !answers.has(keyOf(artifact)));
      if (open.length > 0) seen.load();
      for (const group of byChain(open)) {
        for (const [artifact, evidence] of await checkGroup(group, releaseOf, reader))
          answers.set(keyOf(artifact), evidence);
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
  reader: ChainReader,
): Promise<[ChainedArtifact, Evidence][]> {
  const chain = group[0]?.chain;
  if (chain === undefined) return [];
  let facts: Readonly<Record<string, string>> = {};
  try {
    refuseBlindTrust(chain);
    const verified = await releaseOf(chain);
    facts = verified.facts;
    const names = new Set(group.map(packageName));
    const index = await reader.index(verified.release, chain, names);
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

async function validRelease(
  chain: DebianChain,
  now: Date,
  reader: ChainReader,
  seen: SeenReleases,
): Promise<VerifiedRelease> {
  const { release, sha256, voucher } = await reader.release(chain, now);
  const then = timeFor(chain, now);
  checkDates(release, then);
  const found = { date: release.date.toISOString(), release: sha256 };
  refuseOlderRelease(seen, chain, found);
  const asOf = then < now ? { asOf: then.toISOString() } : {};
  return { release, facts: { ...found, key: voucher.key, ...asOf } };
}

/** Reads a Release file and its signatures. @throws Refusal */
export async function verifyRelease(chain: DebianChain, now: Date): Promise<SignedBy> {
  const [signed, keys] = await Promise.all([readSignedRelease(chain), readTrustedKeys(chain)]);
  const voucher = await verifySignatures(signed, keys, now);
  return { release: parseRelease(signed.text), sha256: signed.sha256, voucher };
}

/**
 * When the release must have been valid. An earlier time may be named, never a later one; whether a key may sign is judged
 * today all the same.
 */
function timeFor({ asOf }: DebianChain, now: Date): Date {
  if (asOf === undefined) return now;
  const then = new Date(asOf);
  if (Number.isNaN(then.getTime())) throw new Refusal("unreadable", `${asOf} is no time to judge a release at.`);
  return then < now ? then : now;
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
    const then = releaseFacts.asOf === undefined ? "" : ` It was valid on ${releaseFacts.asOf.slice(0, 10)}.`;
    const listedBy = `Listed in ${artifact.chain.indexKey}, which key ${releaseFacts.key} signed.${then}`;
    return artifact.chain.bound
      ? chainEvidence("signature-valid", listedBy, facts)
      : chainEvidence(
          "no-keyring-bound",
          `${listedBy} The source has no Signed-By: any key that apt trusts could have.`,
          facts,
        );
  }
  const what = `${artifact.name} ${artifact.version} (${artifact.arch})`;
  if (same.length === 0) return chainEvidence("artifact-not-listed", `The signed index does not list ${what}.`, facts);
  const builds = same.map(({ sha256 }) => sha256).join(" and ");
  const detail = `The build of ${what} that is wanted has SHA-256 ${artifact.sha256}; the signed index lists ${builds}.`;
  return chainEvidence("lock-index-disagree", detail, facts);
}

/** The name without the architecture that resources of a foreign one carry: `libc6:i386`. */
function packageName({ name }: Artifact): string {
  return name.replace(/:.*$/, "");
}
