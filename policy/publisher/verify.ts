import { hashesIn } from "../../host/checksum-list.ts";
import { readRegular } from "../../host/files.ts";
import type { Artifact, Evidence, PublisherChain, PublisherKeys, PublisherProof } from "../../schema/model/artifact.ts";
import { verifyDetached } from "../pgp/detached.ts";
import { chainEvidence, evidenceOfFault, Refusal } from "../pgp/finding.ts";
import { judgeSignatures, tellingOf } from "../pgp/judge.ts";
import type { SignatureReport } from "../pgp/report.ts";
import { clearsigned } from "../pgp/signed-file.ts";
import type { TrustFolder } from "../slsa/trust/open.ts";
import { publisherKeys } from "./keys.ts";

type Published = Artifact & { readonly chain: PublisherChain };
type Proof<T extends PublisherProof["type"]> = Extract<PublisherProof, { readonly type: T }>;

export interface PublisherMeans {
  readonly now: Date;
  /** Path of the bytes with this hash; undefined while they are not here. */
  filePath(sha256: string): string | undefined;
  readonly trust: readonly TrustFolder[];
}

/** More than any list of hashes has. Bytes. */
const MAX_LIST = 32 * 1024 * 1024;
const MAX_SIGNATURE = 1024 * 1024;

/** Whether publishers vouch for their archives: one answer for each, in order. A bad proof is evidence and never an exception. */
export async function checkPublished(artifacts: readonly Published[], means: PublisherMeans): Promise<Evidence[]> {
  const found: Evidence[] = [];
  for (const artifact of artifacts) found.push(named(await checkOne(artifact, means).catch(evidenceOfFault)));
  return found;
}

/** The same words as for a package's signature would lead to remedies that are none here. */
function named(evidence: Evidence): Evidence {
  return { ...evidence, code: `publisher-${evidence.code}` };
}

async function checkOne(artifact: Published, means: PublisherMeans): Promise<Evidence> {
  const { proof } = artifact.chain;
  switch (proof.type) {
    case "signed-list":
      return signedList(artifact, proof, means);
    case "signed":
      return signedItself(artifact, proof, means);
    case "attested":
      return attested(artifact, proof, means);
    case "unsigned": {
      const detail = `${artifact.chain.publisher} signs nothing: whoever can write there can put another archive there.`;
      return { check: "signature", verdict: "absent", code: "unsigned", detail, facts: {} };
    }
    case "unasked": {
      const detail = `Whether ${artifact.chain.publisher} signs it was not asked: the lock pins what was there when it was written.`;
      return { check: "signature", verdict: "absent", code: "unasked", detail, facts: {} };
    }
  }
}

async function signedList(
  artifact: Published,
  proof: Proof<"signed-list">,
  { now }: PublisherMeans,
): Promise<Evidence> {
  const trusted = await publisherKeys(proof.keys);
  const content = readRegular(proof.list, MAX_LIST);
  const what = `The list of ${artifact.chain.publisher}`;
  const { text, reports } =
    proof.signature === undefined
      ? await inItself(content, proof.list, what)
      : {
          text: content.toString("utf8"),
          reports: (await verifyDetached(proof.list, readRegular(proof.signature, MAX_SIGNATURE), trusted, now))
            .reports,
        };
  const signer = vouched(
    artifact,
    "signed" in reports ? await judgeSignatures(reports.signed, trusted, now) : reports,
    proof.keys,
  );
  const listed = hashesIn(text).get(artifact.filename);
  if (listed === undefined)
    throw new Refusal("artifact-not-listed", `${what} does not name ${artifact.filename}.`, signer.facts);
  if (listed.size > 1 || !listed.has(artifact.sha256))
    throw new Refusal(
      "lock-index-disagree",
      `${what} names the SHA-256 ${[...listed].join(" and ")} for ${artifact.filename}, and ${artifact.sha256} is wanted.`,
      signer.facts,
    );
  return chainEvidence(
    "signature-valid",
    `Named in the list of ${artifact.chain.publisher}, signed by ${signer.words}.`,
    signer.facts,
  );
}

async function inItself(content: Buffer, file: string, what: string) {
  const { text, signed } = await clearsigned(content, file, what);
  return { text, reports: { signed } };
}

async function signedItself(
  artifact: Published,
  { signature, keys }: Proof<"signed">,
  { now, filePath }: PublisherMeans,
): Promise<Evidence> {
  const file = filePath(artifact.sha256);
  const trusted = await publisherKeys(keys);
  if (file === undefined) {
    const detail = `${artifact.chain.publisher} signs the archive itself.`;
    return { check: "signature", verdict: "pending", code: "bytes-not-here", detail, facts: {} };
  }
  const { reports, sha256 } = await verifyDetached(file, readRegular(signature, MAX_SIGNATURE), trusted, now);
  const { words, facts } = vouched(artifact, reports, keys);
  if (sha256 !== artifact.sha256)
    throw new Refusal("signature-bad", `${file} changed while its signature was checked.`, facts);
  return chainEvidence("signature-valid", `Signed by ${words}.`, facts);
}

/** Who signed. @throws Refusal where nobody did who may */
function vouched(
  { chain: { publisher } }: Published,
  reports: readonly SignatureReport[],
  { place }: PublisherKeys,
): { readonly words: string; readonly facts: Evidence["facts"] } {
  const told = tellingOf(reports);
  if (told === undefined) throw new Refusal("signature-bad", `What should be a signature of ${publisher} is none.`);
  const { code, detail, key = told.keyId, owner, created } = told;
  const facts = { key, ...(created === undefined ? {} : { date: created.toISOString() }) };
  if (code === "signature-valid") return { words: owner === undefined ? `key ${key}` : `${owner} (key ${key})`, facts };
  const known = code.startsWith("key-") ? ` Keys of ${publisher} that you trust yourself go into ${place}.` : "";
  throw new Refusal(code, `${detail}${known}`, facts);
}

async function attested(
  artifact: Published,
  { repository, bundles }: Proof<"attested">,
  { filePath, trust }: PublisherMeans,
): Promise<Evidence> {
  const [{ checkBundle, readBundle }, { openTrust }] = await Promise.all([
    import("../slsa/verify.ts"),
    import("../slsa/trust/open.ts"),
  ]);
  const root = await openTrust(trust);
  const path = filePath(artifact.sha256);
  const subject = { sha256: artifact.sha256, ...(path === undefined ? {} : { path }) };
  const answers: Evidence[] = [];
  for (const bundle of bundles)
    answers.push(fromRepository(await checkBundle(readBundle(bundle), subject, root), repository));
  const best = answers.find(({ verdict }) => verdict === "pass") ?? answers[0];
  const code = best?.verdict === "pass" ? "attested" : "attestation-bad";
  return {
    check: "signature",
    verdict: best?.verdict === "pass" ? "pass" : "fail",
    code,
    detail: best?.detail ?? `There is no attestation of ${artifact.chain.publisher}.`,
    // When the log had it: a rule about age counts from there.
    facts: { ...best?.facts, ...(best?.facts.logged === undefined ? {} : { date: best.facts.logged }) },
  };
}

/** Valid, and built by this very repository's workflows: the certificate says so, by GitHub's word alone. */
function fromRepository(evidence: Evidence, repository: string): Evidence {
  const { repository: found } = evidence.facts;
  if (evidence.verdict !== "pass" || found === repository) return evidence;
  return { ...evidence, verdict: "fail", detail: `It was built from ${found}, and not from ${repository}.` };
}
