import type { PublicKey, SignaturePacket, User } from "openpgp";
import { sha256 } from "../../host/digest.ts";
import { keptAnswer } from "../../host/kept-answer.ts";
import { fingerprintOf } from "./keyring.ts";

/** To be raised whenever the rules below change: what earlier ones found does not count then. */
const RULES = 1;

/** GnuPG takes no certification by SHA-1 that is younger than this (its NEWS for 2.2.18); it can have been forged. */
const LAST_SHA1 = Date.parse("2019-01-19T00:00:00Z");

/** That one key vouches for a user id of another. Milliseconds since 1970. */
interface Certification {
  /** Fingerprint of the introducer. */
  readonly by: string;
  readonly from: number;
  readonly until: number | null;
}

/** Certifications by user id, of each key by its fingerprint. True at any time: whoever asks compares the dates. */
export type Certifications = Readonly<Record<string, Readonly<Record<string, readonly Certification[]>>>>;

/**
 * Which of `introducers` vouch for which user ids of `keys`. Some hundred signatures are verified for it: with a cache, a
 * folder of this user's, only once for each `digest` of the files that all of this was read from.
 */
export async function certificationsIn(
  keys: readonly PublicKey[],
  introducers: readonly PublicKey[],
  digest: string,
  cache: string | undefined,
): Promise<Certifications> {
  const key = sha256(`${RULES} ${digest} ${introducers.map(fingerprintOf).join(" ")}`);
  const store = cache === undefined ? undefined : keptAnswer(cache, `${key.slice(0, 24)}.json`);
  const kept = store?.read() as { readonly key?: string; readonly found?: Certifications } | null | undefined;
  if (kept?.key === key && kept.found !== undefined) return kept.found;
  const entries = await Promise.all(
    keys.map(async (each) => [fingerprintOf(each), await ofKey(each, introducers)] as const),
  );
  const found = Object.fromEntries(entries);
  store?.write({ key, found });
  return found;
}

async function ofKey(
  key: PublicKey,
  introducers: readonly PublicKey[],
): Promise<Readonly<Record<string, readonly Certification[]>>> {
  const entries = key.users.map(async (user) => {
    const found = await Promise.all(introducers.map((introducer) => newestBy(introducer, key, user)));
    return [user.userID?.userID ?? "", found.flat()] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The last word of an introducer counts: a certification, or that one is taken back. */
async function newestBy(introducer: PublicKey, key: PublicKey, user: User): Promise<readonly Certification[]> {
  const { enums } = await import("openpgp");
  const said = [...user.otherCertifications, ...user.revocationSignatures]
    .filter(({ issuerKeyID }) => issuerKeyID.equals(introducer.getKeyID()))
    .sort((a, b) => (b.created?.getTime() ?? 0) - (a.created?.getTime() ?? 0));
  for (const packet of said) {
    if (!(await holds(packet, introducer, key, user))) continue;
    if (packet.signatureType === enums.signature.certRevocation) return [];
    const end = packet.getExpirationTime();
    const until = end instanceof Date ? end.getTime() : null;
    return [{ by: fingerprintOf(introducer), from: packet.created?.getTime() ?? 0, until }];
  }
  return [];
}

async function holds(packet: SignaturePacket, introducer: PublicKey, key: PublicKey, user: User): Promise<boolean> {
  const { enums } = await import("openpgp");
  const { created, signatureType, hashAlgorithm } = packet;
  if (created === null || signatureType === null) return false;
  // A persona certification (0x11) says that nothing was looked at: gpg(1), --min-cert-level.
  if (signatureType === enums.signature.certPersona) return false;
  if (hashAlgorithm === enums.hash.sha1 && created.getTime() > LAST_SHA1) return false;
  const { userID, userAttribute } = user;
  const subject = { userID, userAttribute, key: key.keyPacket };
  return packet.verify(introducer.keyPacket, signatureType, subject, created, false).then(
    () => true,
    () => false,
  );
}
