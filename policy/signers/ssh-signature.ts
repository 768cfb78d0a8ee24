import { createHash, verify } from "node:crypto";
import { type SshKey, sshKey } from "./ssh-key.ts";
import { Malformed, wireReader, wireString } from "./ssh-wire.ts";

/** An SSH signature over a text (OpenSSH's PROTOCOL.sshsig), not verified yet. */
export interface SshSignature {
  readonly key: SshKey;
  /** What its maker says it is for: `git`. */
  readonly namespace: string;
  /** Whether it fits the bytes. */
  fits(content: Buffer): boolean;
}

const MAGIC = "SSHSIG";
const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n$/;

export function isSshSignature(armoured: string): boolean {
  return armoured.startsWith("-----BEGIN SSH SIGNATURE-----");
}

/** @throws Malformed */
export function sshSignature(armoured: string): SshSignature {
  const [, base64] = ARMOUR.exec(armoured) ?? [];
  if (base64 === undefined) throw new Malformed("it is not one SSH signature");
  const reader = wireReader(Buffer.from(base64, "base64"));
  if (reader.raw(MAGIC.length).toString("latin1") !== MAGIC || reader.uint32() !== 1)
    throw new Malformed("it is of another version");
  const key = sshKey(reader.bytes());
  const namespace = reader.text();
  const reserved = reader.bytes();
  const hash = reader.text();
  if (hash !== "sha256" && hash !== "sha512") throw new Malformed("it rests on another hash than SHA-256 or SHA-512");
  const signature = reader.bytes();
  reader.end();
  const covered = (content: Buffer) =>
    Buffer.concat([
      Buffer.from(MAGIC),
      wireString(namespace),
      wireString(reserved),
      wireString(hash),
      wireString(createHash(hash).update(content).digest()),
    ]);
  return { key, namespace, fits: (content) => fits(key, signature, covered(content)) };
}

/** Of RSA only with SHA-2 (RFC 8332). */
const RSA_HASHES: Readonly<Record<string, string>> = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" };
/** RFC 5656, section 6.2.1; the length of a number in bytes. */
const CURVE_HASHES: Readonly<Record<string, readonly [string, number]>> = {
  "ecdsa-sha2-nistp256": ["sha256", 32],
  "ecdsa-sha2-nistp384": ["sha384", 48],
  "ecdsa-sha2-nistp521": ["sha512", 66],
};

function fits({ type, key }: SshKey, signature: Buffer, content: Buffer): boolean {
  const reader = wireReader(signature);
  const algorithm = reader.text();
  const value = reader.bytes();
  reader.end();
  if (type === "ssh-ed25519") return algorithm === type && verify(null, content, key, value);
  if (type === "ssh-rsa") {
    const hash = RSA_HASHES[algorithm];
    return hash !== undefined && verify(hash, content, key, value);
  }
  const curve = algorithm === type ? CURVE_HASHES[type] : undefined;
  if (curve === undefined) return false;
  const [hash, length] = curve;
  const numbers = wireReader(value);
  const both = [numbers.mpint(), numbers.mpint()];
  numbers.end();
  if (both.some((number) => number.length > length)) return false;
  const padded = both.map((number) => Buffer.concat([Buffer.alloc(length - number.length), number]));
  return verify(hash, content, { key, dsaEncoding: "ieee-p1363" }, Buffer.concat(padded));
}
