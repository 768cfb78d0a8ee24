import { createHash, generateKeyPairSync, type KeyPairKeyObjectResult, sign } from "node:crypto";
import { initializeCA, initializeCTLog, initializeTLog } from "@sigstore/mock";

/** Who a build says it is, and what its certificate says; what a test leaves out is what a good build has. */
export interface BuildClaims {
  /** Owner and name at GitHub. */
  readonly repository?: string;
  readonly ref?: string;
  readonly commit?: string;
  /** Path in the repository. */
  readonly workflow?: string;
  /** The workflow that signs, with its ref: that of the repository itself by default. */
  readonly signer?: string;
  readonly runner?: string;
  readonly issuer?: string;
  /** Subject of the certificate; default: the signer. */
  readonly subject?: string;
  /** No claims of a build in the certificate: a person's. */
  readonly person?: string;
  /** What the statement says in place of what the certificate does. */
  readonly said?: {
    readonly repository?: string;
    readonly builder?: string;
    readonly workflow?: string;
    readonly ref?: string;
    readonly commit?: string;
  };
  readonly predicateType?: string;
  readonly predicate?: object;
  readonly payloadType?: string;
  /** Subjects in place of the one of the artifact. */
  readonly subjects?: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
}

/** A bundle as JSON, to be changed by whoever wants to cheat. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into it and break it
export type BundleJson = any;

/** A certificate authority, a CT log and a transparency log of the tests' own. */
export interface SigstoreLab {
  /** `trusted_root.json` of all three. */
  readonly trustedRoot: string;
  /** A genuine bundle over these bytes. */
  attest(artifact: { readonly name: string; readonly bytes: Uint8Array }, claims?: BuildClaims): Promise<BundleJson>;
  /** The same as an entry of the log that keeps the statement, as Rekor's API gives it. */
  logged(
    artifact: { readonly name: string; readonly bytes: Uint8Array },
    claims?: BuildClaims,
  ): Promise<{ readonly id: string; readonly answer: BundleJson }>;
}

const GITHUB = "https://token.actions.githubusercontent.com";
/** A reusable workflow that lies apart from what it builds. */
export const BUILDER = "acme/builders/.github/workflows/deb.yml@refs/tags/v1.2.3";
const IN_TOTO = "application/vnd.in-toto+json";
const LOG = "https://log.sigstore.test";

export async function createSigstoreLab(): Promise<SigstoreLab> {
  const keys = { ca: keyPair("P-384"), ct: keyPair(), log: keyPair() };
  const ctLog = await initializeCTLog(keys.ct);
  const ca = await initializeCA(keys.ca, ctLog);
  const log = await initializeTLog(LOG, keys.log);
  return {
    trustedRoot: JSON.stringify(trustedRoot(ca.rootCertificate, ctLog, log.publicKey)),
    attest: async (artifact, claims = {}) => {
      const { payload, payloadType, signature, certificate } = await signedBy(ca, artifact, claims);
      const logged = await log.log(logBody(payload, signature, certificate));
      return {
        mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
        verificationMaterial: {
          certificate: { rawBytes: base64(certificate) },
          tlogEntries: [tlogEntry(Object.values(logged)[0] as LogEntry)],
        },
        dsseEnvelope: { payload: payload.toString("base64"), payloadType, signatures: [{ sig: signature, keyid: "" }] },
      };
    },
    logged: async (artifact, claims = {}) => {
      const signed = await signedBy(ca, artifact, claims);
      const [id = "", entry] = Object.entries((await log.log(intotoBody(signed))) as Record<string, object>)[0] ?? [];
      return { id, answer: { [id]: { ...entry, attestation: { data: signed.payload.toString("base64") } } } };
    },
  };
}

interface Signed {
  readonly payload: Buffer;
  readonly payloadType: string;
  readonly signature: string;
  readonly certificate: ArrayBufferView;
}

async function signedBy(
  ca: Awaited<ReturnType<typeof initializeCA>>,
  artifact: { readonly name: string; readonly bytes: Uint8Array },
  claims: BuildClaims,
): Promise<Signed> {
  const signer = keyPair();
  const payload = Buffer.from(JSON.stringify(statement(artifact, claims)));
  const payloadType = claims.payloadType ?? IN_TOTO;
  const signature = sign("sha256", preAuthentication(payloadType, payload), signer.privateKey).toString("base64");
  const certificate = await ca.issueCertificate({
    publicKey: signer.publicKey.export({ format: "der", type: "spki" }),
    ...identity(claims),
  });
  return { payload, payloadType, signature, certificate };
}

function keyPair(namedCurve = "P-256"): KeyPairKeyObjectResult {
  return generateKeyPairSync("ec", { namedCurve });
}

/** https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md, PAE */
function preAuthentication(type: string, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
}

const defaults = (claims: BuildClaims) => {
  const repository = claims.repository ?? "acme/tools";
  const ref = claims.ref ?? "refs/tags/v1.0";
  const workflow = claims.workflow ?? ".github/workflows/release.yml";
  return {
    repository,
    ref,
    workflow,
    commit: claims.commit ?? "0123456789abcdef0123456789abcdef01234567",
    signer: claims.signer ?? `${repository}/${workflow}@${ref}`,
    runner: claims.runner ?? "github-hosted",
    issuer: claims.issuer ?? GITHUB,
  };
};

function identity(claims: BuildClaims) {
  const { repository, ref, workflow, commit, signer, runner, issuer } = defaults(claims);
  if (claims.person !== undefined)
    return {
      subjectAltName: claims.person,
      extensions: [extension(8, claims.issuer ?? "https://accounts.example.org")],
    };
  return {
    subjectAltName: claims.subject ?? `https://github.com/${signer}`,
    extensions: [
      extension(8, issuer),
      extension(9, `https://github.com/${signer}`),
      extension(11, runner),
      extension(12, `https://github.com/${repository}`),
      extension(13, commit),
      extension(14, ref),
      extension(18, `https://github.com/${repository}/${workflow}@${ref}`),
    ],
  };
}

function extension(number: number, value: string) {
  return { oid: `1.3.6.1.4.1.57264.1.${number}`, value };
}

function statement({ name, bytes }: { readonly name: string; readonly bytes: Uint8Array }, claims: BuildClaims) {
  const { repository, ref, workflow, commit, signer } = defaults(claims);
  const said = {
    repository: `https://github.com/${repository}`,
    builder: `https://github.com/${signer}`,
    workflow,
    ref,
    commit,
    ...claims.said,
  };
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: claims.subjects ?? [{ name, digest: { sha256: hex(bytes) } }],
    predicateType: claims.predicateType ?? "https://slsa.dev/provenance/v1",
    predicate: claims.predicate ?? {
      buildDefinition: {
        buildType: "https://actions.github.io/buildtypes/workflow/v1",
        externalParameters: { workflow: { ref: said.ref, repository: said.repository, path: said.workflow } },
        resolvedDependencies: [{ uri: `git+${said.repository}@${said.ref}`, digest: { gitCommit: said.commit } }],
      },
      runDetails: { builder: { id: said.builder } },
    },
  };
}

/** Rekor's `intoto` 0.0.2: the signature is encoded twice. */
function intotoBody({ payload, payloadType, signature, certificate }: Signed): object {
  const publicKey = Buffer.from(pemOf(certificate)).toString("base64");
  const envelope = { payloadType, signatures: [{ publicKey, sig: Buffer.from(signature).toString("base64") }] };
  const payloadHash = { algorithm: "sha256", value: hex(payload) };
  return { apiVersion: "0.0.2", kind: "intoto", spec: { content: { envelope, payloadHash } } };
}

function pemOf(certificate: ArrayBufferView): string {
  return `-----BEGIN CERTIFICATE-----\n${base64(certificate)}\n-----END CERTIFICATE-----\n`;
}

/** Rekor's `dsse` 0.0.1, as its log keeps it. */
function logBody(payload: Buffer, signature: string, certificate: ArrayBufferView): object {
  return {
    apiVersion: "0.0.1",
    kind: "dsse",
    spec: {
      envelopeHash: { algorithm: "sha256", value: hex(Buffer.from(signature)) },
      payloadHash: { algorithm: "sha256", value: hex(payload) },
      signatures: [{ signature, verifier: Buffer.from(pemOf(certificate)).toString("base64") }],
    },
  };
}

interface LogEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly logIndex: number;
      readonly rootHash: string;
      readonly treeSize: number;
      readonly hashes: readonly string[];
      readonly checkpoint: string;
    };
  };
}

function tlogEntry({ body, integratedTime, logID, logIndex, verification }: LogEntry): object {
  const { inclusionProof: proof, signedEntryTimestamp } = verification;
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(logID, "hex").toString("base64") },
    kindVersion: { kind: "dsse", version: "0.0.1" },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp },
    inclusionProof: {
      logIndex: String(proof.logIndex),
      rootHash: Buffer.from(proof.rootHash, "hex").toString("base64"),
      treeSize: String(proof.treeSize),
      hashes: proof.hashes,
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: body,
  };
}

function trustedRoot(
  ca: ArrayBufferView,
  ctLog: { readonly publicKey: Buffer; readonly logID: ArrayBufferView },
  logKey: Buffer,
): object {
  const validFor = { start: new Date(Date.now() - 3_600_000).toISOString() };
  const log = (baseUrl: string, publicKey: Buffer, keyId: string) => ({
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: base64(publicKey), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
    logId: { keyId },
  });
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [log(LOG, logKey, Buffer.from(hex(logKey), "hex").toString("base64"))],
    certificateAuthorities: [
      {
        subject: { organization: "omg tests", commonName: "sigstore" },
        uri: "https://ca.sigstore.test",
        certChain: { certificates: [{ rawBytes: base64(ca) }] },
        validFor,
      },
    ],
    ctlogs: [log("https://ct.sigstore.test", ctLog.publicKey, base64(ctLog.logID))],
    timestampAuthorities: [],
  };
}

function base64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("base64");
}

function hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
