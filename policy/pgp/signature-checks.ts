import type { PublicKey, SignaturePacket, Subkey } from "openpgp";
import type { TrustedKeys } from "./keyring.ts";
import type { SignatureCheck, SignatureCheckName, SignatureCode, Signer } from "./report.ts";

/** How far a signature's or Release file's date may lie ahead of our clock: apt's `Acquire::Max-FutureTime`, apt.conf(5). */
export const CLOCK_TOLERANCE_MS = 10_000;

type OpenPgp = typeof import("openpgp");

/** Everything about a signature by a known key but whether it fits the bytes, in order. */
export async function checkSignature(
  openpgp: OpenPgp,
  packet: SignaturePacket,
  signer: Signer,
  trusted: Pick<TrustedKeys, "introduced">,
  now: Date,
): Promise<readonly SignatureCheck[]> {
  return [
    hashCheck(openpgp, packet),
    strengthCheck(openpgp, signer),
    dateCheck(packet, now),
    lifeCheck(packet, signer),
    await stateCheck(packet, signer, now),
    ...(await trustChecks(signer, trusted, now)),
  ];
}

export function passed(name: SignatureCheckName, detail: string): SignatureCheck {
  return { name, verdict: "pass", detail };
}

export function failed(name: SignatureCheckName, code: SignatureCode, detail: string): SignatureCheck {
  return { name, verdict: "fail", code, detail };
}

/** openpgp's own limits: no MD5, RIPEMD-160 or SHA-1 (RFC 9580, section 9.5). */
function hashCheck({ config, enums }: OpenPgp, { hashAlgorithm, signatureType }: SignaturePacket): SignatureCheck {
  if (signatureType !== enums.signature.binary && signatureType !== enums.signature.text)
    return failed("hash", "signature-bad", "It is no signature over a document");
  if (hashAlgorithm === null) return failed("hash", "signature-bad", "The signature names no hash");
  const name = enums.read(enums.hash, hashAlgorithm).toUpperCase();
  return config.rejectMessageHashAlgorithms.has(hashAlgorithm)
    ? failed("hash", "weak-hash", `The signature rests on the hash ${name}, which can be forged`)
    : passed("hash", `It covers the bytes with ${name}`);
}

/** openpgp's own limits: no DSA or ElGamal, no RSA below 2047 bits. Of a subkey both it and its main key count. */
function strengthCheck({ config, enums }: OpenPgp, { key, signer }: Signer): SignatureCheck {
  for (const one of new Set<PublicKey | Subkey>([key, signer])) {
    const { algorithm, bits } = one.getAlgorithmInfo();
    if (config.rejectPublicKeyAlgorithms.has(enums.publicKey[algorithm]))
      return failed("strength", "weak-key", `The signature rests on a key of type ${algorithm}`);
    if (algorithm.startsWith("rsa") && bits !== undefined && bits < config.minRSABits)
      return failed("strength", "weak-key", `The signature rests on an RSA key of ${bits} bits`);
  }
  const { algorithm, bits, curve } = signer.getAlgorithmInfo();
  return passed(
    "strength",
    `The key is ${curve?.replace(/Legacy$/, "") ?? algorithm.replace(/^rsa.*/, "RSA")}${bits ? ` of ${bits} bits` : ""}`,
  );
}

function dateCheck(packet: SignaturePacket, now: Date): SignatureCheck {
  const { created } = packet;
  if (created === null) return failed("dates", "signature-bad", "The signature has no creation time");
  if (created.getTime() > now.getTime() + CLOCK_TOLERANCE_MS)
    return failed("dates", "signature-from-future", `The signature is dated in the future, ${minute(created)}`);
  const end = packet.getExpirationTime();
  if (end instanceof Date && end <= now)
    return failed("dates", "signature-expired", `The signature itself expired on ${minute(end)}`);
  return passed(
    "dates",
    `It was made on ${minute(created)}${end instanceof Date ? ` and ends on ${minute(end)}` : ""}`,
  );
}

function lifeCheck({ created }: SignaturePacket, { key, signer }: Signer): SignatureCheck {
  const born = new Date(Math.max(key.getCreationTime().getTime(), signer.getCreationTime().getTime()));
  return created !== null && created < born
    ? failed(
        "key life",
        "signature-outside-key-life",
        `The signature is older than its key, which is of ${minute(born)}`,
      )
    : passed("key life", `The key was there by then: it is of ${minute(born)}`);
}

/** Whether the key may vouch today: openpgp alone would accept a signature from the days when an expired key was good. */
async function stateCheck({ created }: SignaturePacket, { key, signer }: Signer, now: Date): Promise<SignatureCheck> {
  try {
    await key.getSigningKey(signer.getKeyID(), now);
  } catch (fault) {
    if (await isRevoked(key, signer, now)) return failed("key state", "key-revoked", "The signing key is revoked");
    const end = await endOfKey({ key, signer });
    if (end === undefined || end > now) {
      const reason = fault instanceof Error ? fault.message : String(fault);
      return failed("key state", "key-unusable", `The key cannot sign: ${reason}`);
    }
    return created !== null && created >= end
      ? failed(
          "key state",
          "signature-outside-key-life",
          `The signature was made after its key had expired, on ${day(end)}`,
        )
      : failed("key state", "key-expired", `The signing key expired on ${day(end)}`);
  }
  const end = await endOfKey({ key, signer });
  return passed(
    "key state",
    `The key is not revoked, and ${end === undefined ? "never expires" : `good until ${day(end)}`}`,
  );
}

/** When the key, or its main key before it, expires; undefined where neither does. */
export async function endOfKey({ key, signer }: Signer): Promise<Date | undefined> {
  return firstOf([await key.getExpirationTime(), await signer.getExpirationTime()]);
}

/** The first of the times at which something ends; undefined where nothing does. */
export function firstOf(times: readonly unknown[]): Date | undefined {
  const ends = times.flatMap((time) => (time instanceof Date ? [time.getTime()] : []));
  return ends.length === 0 ? undefined : new Date(Math.min(...ends));
}

async function isRevoked(key: PublicKey, signer: PublicKey | Subkey, now: Date): Promise<boolean> {
  if (await key.isRevoked(undefined, undefined, now)) return true;
  if (!("mainKey" in signer)) return false;
  return signer.verify(now).then(
    () => false,
    (fault: unknown) => fault instanceof Error && /revoked/.test(fault.message),
  );
}

/** Asked only where keys have to be introduced by others (web-of-trust.ts). */
async function trustChecks(
  { key }: Signer,
  { introduced }: Pick<TrustedKeys, "introduced">,
  now: Date,
): Promise<readonly SignatureCheck[]> {
  if (introduced === undefined) return [];
  const { valid, revoked, detail } = await introduced(key, now);
  if (revoked) return [failed("trust", "key-revoked", detail)];
  return [valid ? passed("trust", detail) : failed("trust", "key-untrusted", detail)];
}

function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}
