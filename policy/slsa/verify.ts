import { sha256 } from "../../host/digest.ts";
import { readRegular } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import type { Evidence } from "../../schema/model/artifact.ts";
import { demandAgreement } from "./agreement.ts";
import { MAX_BUNDLE, parseBundle } from "./bundle.ts";
import type { BuildIdentity } from "./certificate.ts";
import { evidenceOfRefusal, ProvenanceRefusal, provenanceEvidence } from "./finding.ts";
import { isApart, levelOf } from "./level.ts";
import { verifySigned } from "./signature.ts";
import { type Provenance, parseStatement } from "./statement.ts";
import { matchSubject, type SubjectBytes } from "./subject.ts";
import type { TrustRoot } from "./trust/open.ts";

/**
 * One bundle over one file: the evidence, which is a value also for a bad bundle. Offline. What a policy expects of a valid one
 * is another question: see `expectations.ts`.
 */
export async function checkBundle(bytes: Uint8Array, subject: SubjectBytes, trust: TrustRoot): Promise<Evidence> {
  const facts = { bundle: sha256(bytes), artifact: subject.sha256, trust: trust.facts.sha256 };
  try {
    const bundle = await parseBundle(bytes);
    const identity = await verifySigned(bundle, trust.material);
    const said = parseStatement(bundle.content.dsseEnvelope.payload);
    demandAgreement(said, identity);
    const name = await matchSubject(said.subjects, subject);
    const [entry] = bundle.verificationMaterial.tlogEntries;
    const logged = { logged: timeOf(entry?.integratedTime), entry: entry?.logIndex ?? "" };
    return valid({ ...facts, subject: name, ...withoutEmpty(logged) }, said, identity);
  } catch (fault) {
    return evidenceOfRefusal(fault, facts);
  }
}

function valid(facts: Evidence["facts"], said: Provenance, identity: BuildIdentity): Evidence {
  const { repository, ref, signer, workflow, issuer, runner, commit } = identity;
  const level = levelOf(identity);
  const at = ref === "" ? commit.slice(0, 12) : ref;
  return provenanceEvidence(
    "provenance-valid",
    `Built by ${said.builder} from ${repository} at ${at}, which supports SLSA build level ${level}.`,
    {
      ...facts,
      level: String(level),
      builder: said.builder,
      ...withoutEmpty({ repository, ref, commit, workflow, signer, issuer, runner }),
      ...(isApart(identity) ? { apart: "yes" } : {}),
      predicate: said.predicate,
    },
  );
}

/** Seconds since the epoch, as text; a Rekor of version 2 keeps no time. */
function timeOf(seconds: string | undefined): string {
  const time = Number(seconds ?? 0);
  return time > 0 ? new Date(time * 1000).toISOString() : "";
}

function withoutEmpty(facts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== ""));
}

/** The bytes of a bundle's file. @throws ProvenanceRefusal `unreadable`, `bundle-too-large` */
export function readBundle(path: string): Buffer {
  try {
    return readRegular(path, MAX_BUNDLE);
  } catch (cause) {
    const tooLarge = cause instanceof OmgError && cause.code === "file-too-large";
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ProvenanceRefusal(
      tooLarge ? "bundle-too-large" : "unreadable",
      `The bundle could not be read: ${reason}`,
    );
  }
}
