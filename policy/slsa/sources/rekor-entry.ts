/** An entry as Rekor's API gives it (openapi.yaml, `LogEntry`), as far as a bundle is made of it. */
interface LogEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly attestation?: { readonly data?: string };
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly checkpoint: string;
      readonly hashes: readonly string[];
      readonly logIndex: number;
      readonly rootHash: string;
      readonly treeSize: number;
    };
  };
}

interface IntotoBody {
  readonly kind: string;
  readonly apiVersion: string;
  readonly spec: {
    readonly content: {
      readonly envelope: {
        readonly payloadType: string;
        readonly signatures: readonly { readonly publicKey: string; readonly sig: string }[];
      };
    };
  };
}

/**
 * Puts an entry of the kind `intoto` 0.0.2, and the statement that the log keeps with it, together as a bundle. Nothing of it is
 * checked here: it is verified like any other. Undefined for an entry that keeps no statement; throws what reading foreign
 * data throws.
 */
export function bundleOfEntry(answer: unknown): object | undefined {
  const entry = Object.values(answer as Record<string, LogEntry>)[0];
  if (entry === undefined) throw new TypeError("no entry");
  const body = JSON.parse(Buffer.from(entry.body, "base64").toString("utf8")) as IntotoBody;
  const payload = entry.attestation?.data;
  if (body.kind !== "intoto" || body.apiVersion !== "0.0.2" || payload === undefined) return undefined;
  const { payloadType, signatures } = body.spec.content.envelope;
  const [first] = signatures;
  if (first === undefined) return undefined;
  return {
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.2",
    verificationMaterial: {
      x509CertificateChain: { certificates: [{ rawBytes: certificateOf(first.publicKey) }] },
      tlogEntries: [{ ...proofOf(entry), kindVersion: { kind: body.kind, version: body.apiVersion } }],
    },
    // Rekor keeps the signature encoded once more.
    dsseEnvelope: {
      payload,
      payloadType,
      signatures: [{ keyid: "", sig: Buffer.from(first.sig, "base64").toString() }],
    },
  };
}

function certificateOf(pem: string): string {
  const text = Buffer.from(pem, "base64").toString("latin1");
  return text.replace(/-----[A-Z ]+-----|\s/g, "");
}

function proofOf({ body, integratedTime, logID, logIndex, verification }: LogEntry): object {
  const { inclusionProof: proof, signedEntryTimestamp } = verification;
  const base64 = (hex: string) => Buffer.from(hex, "hex").toString("base64");
  return {
    logIndex: String(logIndex),
    logId: { keyId: base64(logID) },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp },
    inclusionProof: {
      logIndex: String(proof.logIndex),
      rootHash: base64(proof.rootHash),
      treeSize: String(proof.treeSize),
      hashes: proof.hashes.map(base64),
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: body,
  };
}
