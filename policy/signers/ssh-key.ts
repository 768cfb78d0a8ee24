import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { Malformed, type WireReader, wireReader } from "./ssh-wire.ts";

/** A public key as SSH writes it. */
export interface SshKey {
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`… */
  readonly type: string;
  readonly key: KeyObject;
  /** `SHA256:…`, as ssh-keygen shows it. */
  readonly fingerprint: string;
}

/** As OpenSSL counts: the strength that openpgp demands of a signer as well. */
const MIN_RSA_BITS = 2048;

const CURVES: Readonly<Record<string, string>> = { nistp256: "P-256", nistp384: "P-384", nistp521: "P-521" };

/**
 * The key in a blob (RFC 4253, section 6.6; RFC 5656, section 3.1; RFC 8709, section 4).
 * @throws Malformed for what is no key, or one of a kind that cannot be checked here (security keys, certificates, DSA)
 */
export function sshKey(blob: Buffer): SshKey {
  const reader = wireReader(blob);
  const type = reader.text();
  const key = keyOf(type, reader);
  reader.end();
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return { type, key, fingerprint: `SHA256:${digest}` };
}

function keyOf(type: string, reader: WireReader): KeyObject {
  if (type === "ssh-ed25519") return jwk({ kty: "OKP", crv: "Ed25519", x: base64(exactly(reader.bytes(), 32)) });
  if (type === "ssh-rsa") {
    const [e, n] = [reader.mpint(), reader.mpint()];
    const key = jwk({ kty: "RSA", n: base64(n), e: base64(e) });
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS)
      throw new Malformed("an RSA key so short is none");
    return key;
  }
  const crv = CURVES[/^ecdsa-sha2-(nistp\d{3})$/.exec(type)?.[1] ?? ""];
  if (crv === undefined) throw new Malformed(`keys of type ${JSON.stringify(type)} cannot be checked here`);
  if (`ecdsa-sha2-${reader.text()}` !== type) throw new Malformed("it names two curves");
  const point = reader.bytes();
  const half = (point.length - 1) / 2;
  // SEC 1, section 2.3.3: 4 is a point that is not compressed.
  if (point[0] !== 4) throw new Malformed("its point is not written out");
  return jwk({ kty: "EC", crv, x: base64(point.subarray(1, 1 + half)), y: base64(point.subarray(1 + half)) });
}

function jwk(key: Record<string, string>): KeyObject {
  try {
    return createPublicKey({ format: "jwk", key });
  } catch (cause) {
    throw new Malformed("it is no key that can be used", { cause });
  }
}

function exactly(bytes: Buffer, length: number): Buffer {
  if (bytes.length !== length) throw new Malformed("it has another length than such a key");
  return bytes;
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64url");
}
