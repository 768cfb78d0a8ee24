import { createPublicKey, type KeyObject, sign } from "node:crypto";

/** What a machine shows of itself in TLS: its key in a certificate that vouches for nothing else. PEM. */
export interface Shown {
  readonly cert: string;
  readonly key: string;
}

/** Tags of DER (ITU-T X.690). */
const TAG = { integer: 0x02, bits: 0x03, oid: 0x06, text: 0x0c, time: 0x18, sequence: 0x30, set: 0x31 } as const;
/** id-Ed25519, 1.3.101.112 (RFC 8410), and id-at-commonName, 2.5.4.3. */
const ED25519 = Buffer.from("2b6570", "hex");
const COMMON_NAME = Buffer.from("550403", "hex");
/** For ever: whether a key counts is the team's list's to say, at the moment of asking. RFC 5280, 4.1.2.5. */
const [SINCE, UNTIL] = ["20000101000000Z", "99991231235959Z"] as const;

/** A certificate of this Ed25519 key, signed with it, as TLS wants one (X.509, version 1). It names nobody. */
export function shownKey(privateKey: KeyObject): Shown {
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const algorithm = der(TAG.sequence, der(TAG.oid, ED25519));
  const name = der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, der(TAG.oid, COMMON_NAME), der(TAG.text, Buffer.from("omg")))),
  );
  const validity = der(TAG.sequence, der(TAG.time, Buffer.from(SINCE)), der(TAG.time, Buffer.from(UNTIL)));
  const serial = der(TAG.integer, Buffer.from([1]));
  const body = der(TAG.sequence, serial, algorithm, name, validity, name, spki);
  const signature = der(TAG.bits, Buffer.from([0]), sign(null, body, privateKey));
  const certificate = der(TAG.sequence, body, algorithm, signature);
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
  };
}

/** One value: its tag, its length, and what is in it. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

/** X.690, 8.1.3. */
function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  if (length < 0x100) return Buffer.from([0x81, length]);
  return Buffer.from([0x82, length >> 8, length & 0xff]);
}
