import { verifyDetached } from "./detached.ts";
import { Refusal } from "./finding.ts";
import { judgeSignatures, type SignedBytes, tellingOf } from "./judge.ts";
import type { TrustedKeys } from "./keyring.ts";
import type { SignatureReport } from "./report.ts";
import { packetsOf, parseSignature } from "./signature-packets.ts";

/** What vouches for some bytes: the key's fingerprint, when it did, and the bytes' hex SHA-256. */
export interface Vouched {
  readonly key: string;
  readonly created?: Date;
  readonly sha256: string;
}

/** A file of any size, read once. @throws Refusal */
export async function verifySigned(
  what: string,
  file: string,
  signature: Uint8Array,
  keys: TrustedKeys,
  now: Date,
): Promise<Vouched> {
  // Nothing is read for a signature that would not count.
  await signerOf(what, signature, keys, now);
  const { told, sha256 } = await verifyDetached(file, signature, keys, now);
  const key = vouching(what, told);
  if (sha256 === undefined) throw new Refusal("unreadable", `${file} was not read.`);
  return { key, sha256, ...(told?.created === undefined ? {} : { created: told.created }) };
}

/**
 * Fingerprint of the key that made a signature, as far as that shows without the bytes. pacman takes no file with several
 * signatures of which one does not count: so one it has to be.
 * @throws Refusal
 */
export async function signerOf(what: string, signature: Uint8Array, keys: TrustedKeys, now: Date): Promise<string> {
  const signed: SignedBytes = { what, signatures: await packetsIn(signature) };
  if (signed.signatures.length !== 1)
    throw new Refusal("signature-bad", `${what}: what stands there is not one OpenPGP signature.`);
  return vouching(what, tellingOf(await judgeSignatures(signed, keys, now)));
}

async function packetsIn(signature: Uint8Array): Promise<SignedBytes["signatures"]> {
  try {
    return packetsOf(await import("openpgp"), await parseSignature(new Uint8Array(signature)));
  } catch {
    return [];
  }
}

/** @throws Refusal for a report that says anything but good */
function vouching(what: string, told: SignatureReport | undefined): string {
  if (told?.code === "signature-valid" && told.key !== undefined) return told.key;
  const { code = "signature-bad", detail = "there is no signature", key } = told ?? {};
  throw new Refusal(code, `${what}: ${detail}`, key === undefined ? {} : { key });
}
