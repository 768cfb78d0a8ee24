import type { CleartextMessage, Config, PublicKey, SignaturePacket, Subkey } from "openpgp";
import { type ChainCode, Refusal } from "./finding.ts";
import { fingerprintOf, type TrustedKeys } from "./keyring.ts";
import type { SignedRelease } from "./signed-file.ts";

/** How far a signature's or Release file's date may lie ahead of our clock: apt's `Acquire::Max-FutureTime`, apt.conf(5). */
export const CLOCK_TOLERANCE_MS = 10_000;

/** What one signature turned out to be. */
interface Finding {
  readonly code: ChainCode;
  readonly detail: string;
  /** Fingerprint of the (sub)key, upper-case hex. */
  readonly key?: string;
  /** When a good signature stops being one: it, or its key, ends then. */
  readonly until?: Date;
}

/** A key that vouches for a Release file. */
export interface Voucher {
  /** Fingerprint of the (sub)key, upper-case hex. */
  readonly key: string;
  /** When that ends; absent where it does not. */
  readonly until?: Date;
}

type OpenPgp = typeof import("openpgp");
type VerificationResult = Awaited<ReturnType<CleartextMessage["verify"]>>[number];

/**
 * Verifies a Release file against exactly these keys and returns one that vouches for it.
 *
 * Archives sign with several keys and a machine knows some of them, so a signature by an unknown, expired or revoked key
 * beside a good one is no fault; a signature by a known, usable key that does not fit the text always is (apt's own rule:
 * at least one good signature, none bad).
 * @throws Refusal with the most telling code when no key vouches.
 */
export async function verifySignatures(release: SignedRelease, trusted: TrustedKeys, now: Date): Promise<Voucher> {
  const findings = await judgeAll(release, trusted, now);
  const chosen = findings.find((finding) => finding.code === "signature-bad") ??
    findings.find((finding) => finding.code === "signature-valid") ??
    findings.find((finding) => finding.code !== "key-unknown") ??
    findings[0] ?? { code: "signature-bad" as const, detail: "The Release file carries no signature." };
  const { key, until } = chosen;
  if (chosen.code === "signature-valid" && key !== undefined) return { key, ...(until === undefined ? {} : { until }) };
  throw new Refusal(chosen.code, chosen.detail, chosen.key === undefined ? {} : { key: chosen.key });
}

async function judgeAll(release: SignedRelease, { keys, admits }: TrustedKeys, now: Date): Promise<Finding[]> {
  const openpgp = await import("openpgp");
  const config: Config = { ...openpgp.config, allowInsecureVerificationWithReformattedKeys: true };
  const verifyWith = async (verificationKeys: PublicKey[]): Promise<VerificationResult[]> => {
    const { signed } = release;
    const options = { verificationKeys, date: new Date(now.getTime() + CLOCK_TOLERANCE_MS), config };
    const result =
      "signature" in signed
        ? await openpgp.verify({ message: signed.message, signature: signed.signature, format: "binary", ...options })
        : await openpgp.verify({ message: signed.message, ...options });
    return result.signatures;
  };
  const unkeyed = await verifyWith([]);
  return Promise.all(
    unkeyed.map(async ({ keyID }, index) => {
      const candidates = keys.filter((key) =>
        key
          .getKeys(keyID)
          .slice(0, 1)
          .some((signer) => admits(key, signer)),
      );
      const findings: Finding[] = [];
      for (const key of candidates) {
        const result = (await verifyWith([key]))[index];
        if (result !== undefined) findings.push(await judgeOne(openpgp, result, key, now));
      }
      return best(findings, keyID.toHex().toUpperCase());
    }),
  );
}

/** One key may lie in two keyrings, once expired and once renewed: a copy that vouches wins. */
function best(findings: readonly Finding[], keyId: string): Finding {
  return (
    findings.find((finding) => finding.code === "signature-valid") ??
    findings[0] ?? {
      code: "key-unknown",
      detail: `The Release file is signed by ${keyId}, which is none of the keys that may sign for this source.`,
    }
  );
}

async function judgeOne(openpgp: OpenPgp, result: VerificationResult, key: PublicKey, now: Date): Promise<Finding> {
  const signer = key.getKeys(result.keyID)[0] ?? key;
  const fingerprint = fingerprintOf(signer);
  const finding = (code: ChainCode, what: string): Finding => ({
    code,
    key: fingerprint,
    detail: `${what} (key ${fingerprint}).`,
  });
  const packet = (await result.signature).packets[0];
  const created = packet?.created ?? null;
  if (packet === undefined || created === null) return finding("signature-bad", "The signature has no creation time");
  const weakness = weak(openpgp, packet, [key, signer]);
  if (weakness !== undefined) return finding("weak-algorithm", `The signature rests on ${weakness}`);
  if (created.getTime() > now.getTime() + CLOCK_TOLERANCE_MS)
    return finding("release-from-future", "The signature is dated in the future");
  if (packet.getExpirationTime() <= now) return finding("release-expired", "The signature itself has expired");
  if (created < signer.getCreationTime() || created < key.getCreationTime()) {
    return finding("signature-outside-key-life", "The signature is older than its key");
  }
  const unusable = await keyProblem(key, signer, created, now);
  if (unusable !== undefined) return finding(unusable.code, unusable.what);
  const until = endOf([packet.getExpirationTime(), await key.getExpirationTime(), await signer.getExpirationTime()]);
  return result.verified.then(
    () => ({ ...finding("signature-valid", "The Release file is signed"), ...(until === undefined ? {} : { until }) }),
    () => finding("signature-bad", "The signature does not fit the Release file"),
  );
}

/** The first of the times at which something ends; undefined where nothing does. */
function endOf(times: readonly unknown[]): Date | undefined {
  const ends = times.flatMap((time) => (time instanceof Date ? [time.getTime()] : []));
  return ends.length === 0 ? undefined : new Date(Math.min(...ends));
}

/** Whether the key may vouch today: openpgp alone would accept a signature from the days when an expired key was good. */
async function keyProblem(
  key: PublicKey,
  signer: PublicKey | Subkey,
  created: Date,
  now: Date,
): Promise<{ code: ChainCode; what: string } | undefined> {
  try {
    await key.getSigningKey(signer.getKeyID(), now);
    return undefined;
  } catch (fault) {
    if (await revoked(key, signer, now)) return { code: "key-revoked", what: "The signing key is revoked" };
    const ends = [await key.getExpirationTime(), await signer.getExpirationTime()].filter((end) => end instanceof Date);
    const end = ends.sort((a, b) => a.getTime() - b.getTime())[0];
    if (end !== undefined && end <= now) {
      if (created >= end)
        return { code: "signature-outside-key-life", what: "The signature was made after its key had expired" };
      return { code: "key-expired", what: `The signing key expired on ${end.toISOString().slice(0, 10)}` };
    }
    return {
      code: "key-unknown",
      what: `The key cannot sign: ${fault instanceof Error ? fault.message : String(fault)}`,
    };
  }
}

async function revoked(key: PublicKey, signer: PublicKey | Subkey, now: Date): Promise<boolean> {
  if (await key.isRevoked(undefined, undefined, now)) return true;
  if (!("mainKey" in signer)) return false;
  return signer.verify(now).then(
    () => false,
    (fault: unknown) => fault instanceof Error && /revoked/.test(fault.message),
  );
}

/** What is too weak to prove anything, in words. The limits are openpgp's own defaults: no MD5, SHA-1, DSA, RSA below 2047 bits. */
function weak(openpgp: OpenPgp, packet: SignaturePacket, keys: readonly (PublicKey | Subkey)[]): string | undefined {
  const { config, enums } = openpgp;
  if (packet.hashAlgorithm !== null && config.rejectMessageHashAlgorithms.has(packet.hashAlgorithm)) {
    return `the hash ${enums.read(enums.hash, packet.hashAlgorithm).toUpperCase()}`;
  }
  for (const key of keys) {
    const { algorithm, bits } = key.getAlgorithmInfo();
    if (config.rejectPublicKeyAlgorithms.has(enums.publicKey[algorithm])) return `a key of type ${algorithm}`;
    if (algorithm.startsWith("rsa") && bits !== undefined && bits < config.minRSABits)
      return `an RSA key of ${bits} bits`;
  }
  return undefined;
}
