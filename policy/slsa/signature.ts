import type { TrustMaterial } from "@sigstore/verify";
import type { AttestationBundle } from "./bundle.ts";
import { type BuildIdentity, identityOf } from "./certificate.ts";
import { type ProvenanceCode, ProvenanceRefusal } from "./finding.ts";

/** The library's closed codes, in our words. */
const CODES: Readonly<Record<string, readonly [ProvenanceCode, string]>> = {
  CERTIFICATE_ERROR: ["certificate-bad", "No authority of the trust root vouches for the signing certificate"],
  PUBLIC_KEY_ERROR: [
    "certificate-bad",
    "It is signed with a bare key, which no authority of the trust root vouches for",
  ],
  TIMESTAMP_ERROR: ["timestamp-bad", "Nothing proves when it was signed"],
  TLOG_MISSING_INCLUSION_ERROR: ["inclusion-missing", "Nothing proves that it is in the transparency log"],
  TLOG_INCLUSION_PROOF_ERROR: ["inclusion-bad", "The proof that it is in the transparency log does not hold"],
  TLOG_INCLUSION_PROMISE_ERROR: ["log-entry-bad", "The transparency log did not sign this entry"],
  TLOG_BODY_ERROR: ["log-entry-bad", "The entry of the transparency log is about something else"],
  TLOG_ERROR: ["log-entry-bad", "The entries of the transparency log do not count"],
  SIGNATURE_ERROR: ["bundle-signature-bad", "The signature is not over this statement"],
};

/**
 * Certificate, time, log and signature, against the trust root alone.
 * @throws ProvenanceRefusal
 */
export async function verifySigned(bundle: AttestationBundle, trust: TrustMaterial): Promise<BuildIdentity> {
  const { toSignedEntity, Verifier } = await import("@sigstore/verify");
  try {
    const signer = new Verifier(trust).verify(toSignedEntity(bundle));
    return identityOf(signer);
  } catch (cause) {
    throw cause instanceof ProvenanceRefusal ? cause : refusalOf(cause);
  }
}

function refusalOf(cause: unknown): ProvenanceRefusal {
  const { code = "", message = String(cause) } = cause as { readonly code?: string; readonly message?: string };
  const known = CODES[code];
  if (known === undefined)
    return new ProvenanceRefusal("bundle-malformed", `The bundle could not be checked: ${message}`);
  const [ours, words] = known;
  if (code === "TLOG_INCLUSION_PROOF_ERROR" && /checkpoint/.test(message))
    return new ProvenanceRefusal("checkpoint-bad", `The transparency log's checkpoint does not hold: ${message}.`);
  return new ProvenanceRefusal(ours, `${words}: ${message}.`);
}
