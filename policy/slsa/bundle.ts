import type { Bundle } from "@sigstore/bundle";
import { ProvenanceRefusal } from "./finding.ts";

/** Far above what builders write; a statement about a thousand files has some 200 KB. Bytes. */
export const MAX_BUNDLE = 4 * 1024 * 1024;
/** Far above what anybody publishes for one artifact. */
export const MAX_BUNDLES = 32;

/** A bundle around an in-toto statement. */
export type AttestationBundle = Bundle & { readonly content: { readonly $case: "dsseEnvelope" } };

const IN_TOTO = "application/vnd.in-toto+json";

/**
 * Reads a Sigstore bundle (media types 0.1 to 0.3) of an attestation, and demands what makes it checkable offline: for each
 * entry of a transparency log, a proof that it is in there, up to a checkpoint that the log signed.
 * @throws ProvenanceRefusal
 */
export async function parseBundle(bytes: Uint8Array): Promise<AttestationBundle> {
  if (bytes.length > MAX_BUNDLE)
    throw new ProvenanceRefusal(
      "bundle-too-large",
      `The bundle has ${bytes.length} bytes, and ${MAX_BUNDLE} is the most that is read.`,
    );
  const { bundleFromJSON } = await import("@sigstore/bundle");
  let bundle: Bundle;
  try {
    bundle = bundleFromJSON(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch (cause) {
    throw malformed(cause);
  }
  demandProofs(bundle);
  return attestation(bundle);
}

/** The library checks the format first, and from version 0.2 on the proof is part of it. */
function malformed(cause: unknown): ProvenanceRefusal {
  const { fields = [], message = String(cause) } = cause as { fields?: readonly string[]; message?: string };
  if (fields.some((field) => field.endsWith(".inclusionProof"))) return withoutProof();
  if (fields.some((field) => field.endsWith(".checkpoint"))) return withoutCheckpoint();
  const where = fields.length === 0 ? "" : ` (${fields.join(", ")})`;
  return new ProvenanceRefusal(
    "bundle-malformed",
    `The bundle is not one that Sigstore's format knows: ${message}${where}.`,
  );
}

function demandProofs({ verificationMaterial: { tlogEntries } }: Bundle): void {
  if (tlogEntries.length === 0)
    throw new ProvenanceRefusal("inclusion-missing", "The bundle names no entry of a transparency log.");
  for (const { inclusionProof } of tlogEntries) {
    if (inclusionProof === undefined) throw withoutProof();
    if ((inclusionProof.checkpoint?.envelope ?? "") === "") throw withoutCheckpoint();
  }
}

function withoutProof(): ProvenanceRefusal {
  return new ProvenanceRefusal(
    "inclusion-missing",
    "The bundle has no proof that its entry is in the transparency log.",
  );
}

function withoutCheckpoint(): ProvenanceRefusal {
  return new ProvenanceRefusal(
    "checkpoint-missing",
    "The proof has no checkpoint that the transparency log signed, so it proves nothing.",
  );
}

function attestation(bundle: Bundle): AttestationBundle {
  if (bundle.content.$case !== "dsseEnvelope")
    throw new ProvenanceRefusal("no-statement", "The bundle holds a bare signature, and no provenance.");
  const { payloadType, signatures } = bundle.content.dsseEnvelope;
  if (payloadType !== IN_TOTO)
    throw new ProvenanceRefusal("no-statement", `The bundle holds ${printable(payloadType)}, not ${IN_TOTO}.`);
  if (signatures.length !== 1)
    throw new ProvenanceRefusal("bundle-malformed", `The bundle has ${signatures.length} signatures, not one.`);
  return bundle as AttestationBundle;
}

/** Foreign text for a message: short, and on one line. */
export function printable(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
