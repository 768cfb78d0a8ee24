import { join } from "node:path";
import type { Artifact, Chain, Evidence } from "../schema/model/artifact.ts";
import { type DatabaseFolder, hasDatabase } from "./advisories/database.ts";
import type { AdvisorySources } from "./advisories/sources.ts";
import { buildEvidence } from "./build-evidence.ts";
import { checkChecksum } from "./checksum/verify.ts";
import type { Rulebook } from "./decide.ts";
import { asksForLicenses, type LicensesOf, licenseEvidence } from "./licenses/verify.ts";
import type { SeenReleases } from "./pgp/seen.ts";
import type { ChainVerifier } from "./pgp/verify.ts";
import { askedBy } from "./provenance.ts";
import { recordedEvidence } from "./recorded.ts";
import type { ProvenanceOptions } from "./slsa/artifacts.ts";
import type { TrustFolder } from "./slsa/trust/open.ts";
import { asksForVulnerabilities } from "./vulnerability-demands.ts";

/** What the checks need besides the artifacts. */
export interface Means {
  readonly rules: Rulebook;
  /** The time that everything is judged at. */
  readonly now: Date;
  /** Nothing is installed on this word: what may still change on the way may be left open. */
  readonly foreseeing?: boolean;
  /** Absent: of provenance nothing is known, and nothing can be found out. */
  readonly provenance?: ProvenanceOptions;
  /** Where trust roots lie, for publishers whose signatures are attestations. */
  readonly trust?: readonly TrustFolder[];
  /** Absent: of vulnerabilities nothing can be found out. */
  readonly advisories?: AdvisoryOptions;
  /** Absent: nobody can tell any license. */
  readonly licensesOf?: LicensesOf;
  /** A folder of this user's for what was found out before; absent: nothing is remembered. */
  readonly cache?: string;
  /** Path of the bytes with this hash; undefined while they are not here. */
  filePath(sha256: string): string | undefined;
}

/** What is known of vulnerabilities. Nothing is read before it is needed. */
export interface AdvisoryOptions {
  readonly folders: readonly DatabaseFolder[];
  /** With a server, where config.toml says so: only asked where a policy wants to know. */
  sources(): Promise<AdvisorySources>;
}

/** Evidence of one kind, of every artifact in their order. Never throws for a bad one. */
type Verifier = (artifacts: readonly Artifact[], means: Means) => Promise<readonly (readonly Evidence[])[]>;

/** Everything that the checks find out about each artifact, in their order. `chains`: who reads apt's signatures. `seen`: what was verified before. */
export async function evidenceOf(
  artifacts: readonly Artifact[],
  chains: ChainVerifier,
  seen: SeenReleases,
  means: Means,
): Promise<readonly (readonly Evidence[])[]> {
  const verifiers: readonly Verifier[] = [checksums, signaturesBy(chains, seen), builds, vulnerabilities, licenses];
  const found: (readonly (readonly Evidence[])[])[] = [];
  for (const verifier of verifiers) found.push(await verifier(artifacts, means));
  return artifacts.map((_, index) => found.flatMap((each) => each[index] ?? []));
}

/** One by one, so that one file at a time is read. */
const checksums: Verifier = async (artifacts, { filePath }) => {
  const found: Evidence[][] = [];
  for (const artifact of artifacts) found.push([await checkChecksum(artifact, filePath(artifact.sha256))]);
  return found;
};

/** Whoever knows the kind of chain is asked about all of that kind at once, so that each index is read once. */
function signaturesBy(debian: ChainVerifier, seen: SeenReleases): Verifier {
  return async (artifacts, { now, foreseeing = false, filePath, cache, trust = [] }) => {
    const pacman = async (own: readonly Chained<"pacman">[]) => {
      const { createPacmanVerifier } = await import("./pgp/pacman.ts");
      const kept = cache === undefined ? {} : { cache: join(cache, "web-of-trust") };
      return createPacmanVerifier({ now, foreseeing, filePath, seen, ...kept }).check(own);
    };
    const publishers = async (own: readonly Chained<"publisher">[]) => {
      const { checkPublished } = await import("./publisher/verify.ts");
      return checkPublished(own, { now, filePath, trust });
    };
    const found = new Map<Artifact, Evidence>([
      ...(await answered("debian", artifacts, (own) => debian.check(own))),
      ...(await answered("pacman", artifacts, pacman)),
      ...(await answered("publisher", artifacts, publishers)),
    ]);
    return artifacts.map((artifact) => {
      if (artifact.chain.type === "recorded") return recordedEvidence(artifact.chain);
      if (artifact.chain.type === "build") return [buildEvidence(artifact.chain)];
      const evidence = found.get(artifact);
      return evidence === undefined ? [] : [evidence];
    });
  };
}

type Chained<T extends Chain["type"]> = Artifact & { readonly chain: Extract<Chain, { readonly type: T }> };

async function answered<T extends Chain["type"]>(
  type: T,
  artifacts: readonly Artifact[],
  check: (own: readonly Chained<T>[]) => Promise<readonly Evidence[]>,
): Promise<readonly (readonly [Artifact, Evidence])[]> {
  const own = artifacts.filter((artifact): artifact is Chained<T> => artifact.chain.type === type);
  if (own.length === 0) return [];
  const answers = await check(own);
  return own.flatMap((artifact, index) => {
    const evidence = answers[index];
    return evidence === undefined ? [] : [[artifact, evidence] as const];
  });
}

/** How things were built, of those that some rule is about. Only what is enforced decides what the evidence is worth. */
const builds: Verifier = async (artifacts, { rules, filePath, provenance = NOTHING_KNOWN }) => {
  const asked = askedBy(rules);
  if (asked.length === 0) return artifacts.map(() => []);
  const { provenanceOf } = await import("./slsa/artifacts.ts");
  return provenanceOf(artifacts, { asked, enforced: rules.enforced.provenance }, filePath, provenance);
};

const NOTHING_KNOWN: ProvenanceOptions = { known: () => ({ bundles: [], others: [] }), trust: [] };

/**
 * Known vulnerabilities of what would be installed: where a policy asks for them, or where a database is there to be read. Without
 * either, nobody looked, and there is no evidence.
 */
const vulnerabilities: Verifier = async (artifacts, { rules: { enforced, warned }, advisories, now }) => {
  const asks = [enforced, warned].some((policy) => asksForVulnerabilities(policy.vulnerabilities));
  const install = artifacts.some(({ role }) => role === "install");
  if (advisories === undefined || !install || !(asks || hasDatabase(advisories.folders)))
    return artifacts.map(() => []);
  const { vulnerabilityEvidence } = await import("./advisories/verify.ts");
  return vulnerabilityEvidence(artifacts, asks ? await advisories.sources() : { folders: advisories.folders }, now);
};

/** Unpacking takes time: without a rule about them nobody is asked. */
const licenses: Verifier = async (artifacts, { rules: { enforced, warned }, filePath, licensesOf }) =>
  [enforced, warned].some(asksForLicenses) ? licenseEvidence(artifacts, filePath, licensesOf) : artifacts.map(() => []);
