import type { PublicKey, SignaturePacket } from "openpgp";
import { fingerprintOf, type TrustedKeys } from "./keyring.ts";
import type { SignatureCheck, SignatureReport, Signer } from "./report.ts";
import { checkSignature, endOfKey, failed, firstOf, passed } from "./signature-checks.ts";

/** Bytes with signatures over them, none of them verified yet. */
export interface SignedBytes {
  /** What it is, for people: `The Release file`. */
  readonly what: string;
  readonly signatures: readonly SignaturePacket[];
  /**
   * Whether each signature, in order, fits the bytes under these keys. Reads the bytes once, however many signatures there are.
   * Absent while the bytes are not here: what only they tell is passed over.
   * @throws Refusal `unreadable`
   */
  readonly fit?: (keys: readonly PublicKey[], now: Date) => Promise<readonly boolean[]>;
}

/** A signature before its bytes were looked at. */
interface Draft {
  readonly index: number;
  readonly packet: SignaturePacket;
  readonly keyId: string;
  readonly signer?: Signer;
  readonly checks: readonly SignatureCheck[];
}

/**
 * Judges every signature by exactly these keys. The bytes are read only where a signature passed everything else, so that a
 * large file that nobody known signed costs nothing.
 */
export async function judgeSignatures(
  signed: SignedBytes,
  trusted: TrustedKeys,
  now: Date,
): Promise<SignatureReport[]> {
  const openpgp = await import("openpgp");
  const drafts = await Promise.all(
    signed.signatures.map(async (packet, index): Promise<Draft> => {
      const keyId = packet.issuerKeyID.toHex().toUpperCase();
      const found = await Promise.all(
        candidates(packet, trusted).map(async (signer) => ({
          signer,
          checks: await checkSignature(openpgp, packet, signer, trusted, now),
        })),
      );
      return { index, packet, keyId, ...(best(found) ?? { checks: [unknownKey(signed.what, keyId)] }) };
    }),
  );
  const fitting = await thatFit(signed, drafts, now);
  return Promise.all(drafts.map((draft) => reportOf(draft, signed.what, fitting?.has(draft))));
}

/** A (sub)key by its id, and where the signature names it, by its fingerprint: ids can be forged to collide. */
function candidates(packet: SignaturePacket, { keys, admits }: TrustedKeys): readonly Signer[] {
  const named = packet.issuerFingerprint === null ? undefined : Buffer.from(packet.issuerFingerprint).toString("hex");
  return keys.flatMap((key) => {
    const [signer] = key.getKeys(packet.issuerKeyID);
    if (signer === undefined || !admits(key, signer)) return [];
    return named === undefined || fingerprintOf(signer) === named.toUpperCase() ? [{ key, signer }] : [];
  });
}

/** One key may lie in two keyrings, once expired and once renewed: a copy that vouches wins. */
function best<T extends Pick<Draft, "checks">>(found: readonly T[]): T | undefined {
  return found.find(({ checks }) => firstFailure(checks) === undefined) ?? found[0];
}

function firstFailure(checks: readonly SignatureCheck[]): SignatureCheck | undefined {
  return checks.find(({ verdict }) => verdict === "fail");
}

function unknownKey(what: string, keyId: string): SignatureCheck {
  return failed("key", "key-unknown", `${what} is signed by ${keyId}, which is none of the keys that may sign`);
}

/** In one reading, unless two signatures of one key id need two copies of that key. */
async function thatFit(
  { fit: compare }: SignedBytes,
  drafts: readonly Draft[],
  now: Date,
): Promise<ReadonlySet<Draft> | undefined> {
  if (compare === undefined) return undefined;
  const fitting = new Set<Draft>();
  let left = drafts.filter(({ checks }) => firstFailure(checks) === undefined);
  while (left.length > 0) {
    const keys = new Map<string, PublicKey>();
    for (const { keyId, signer } of left) if (signer !== undefined && !keys.has(keyId)) keys.set(keyId, signer.key);
    const round = left.filter(({ keyId, signer }) => keys.get(keyId) === signer?.key);
    const fits = await compare([...new Set(keys.values())], now);
    for (const draft of round) if (fits[draft.index] === true) fitting.add(draft);
    left = left.filter((draft) => !round.includes(draft));
  }
  return fitting;
}

async function reportOf(
  { packet, keyId, signer, checks }: Draft,
  what: string,
  fits: boolean | undefined,
): Promise<SignatureReport> {
  const failure = firstFailure(checks);
  const created = packet.created === null ? {} : { created: packet.created };
  if (signer === undefined)
    return { code: failure?.code ?? "key-unknown", detail: `${failure?.detail}.`, keyId, ...created, checks };
  const key = fingerprintOf(signer.signer);
  const owner = signer.key.getUserIDs()[0];
  const all = [
    passed("key", `The keyring has the key ${key}${owner === undefined ? "" : `, ${owner}`}`),
    ...checks,
    failure === undefined ? bytesCheck(what, fits) : skipped(),
  ];
  const against = firstFailure(all);
  const until = firstOf([packet.getExpirationTime(), await endOfKey(signer)]);
  return {
    code: against?.code ?? "signature-valid",
    detail: `${against?.detail ?? `${what} is signed`} (key ${key}).`,
    keyId,
    key,
    ...(owner === undefined ? {} : { owner }),
    ...created,
    ...(until === undefined ? {} : { until }),
    checks: all,
  };
}

function bytesCheck(what: string, fits: boolean | undefined): SignatureCheck {
  if (fits === undefined) return { name: "bytes", verdict: "skipped", detail: "The bytes are not here yet" };
  return fits
    ? passed("bytes", `${what} is what was signed, to the last byte`)
    : failed("bytes", "signature-bad", `The signature does not fit ${what.replace(/^The /, "the ")}`);
}

function skipped(): SignatureCheck {
  return {
    name: "bytes",
    verdict: "skipped",
    detail: "The bytes were not read: a signature that fits would not count",
  };
}

/**
 * The one report that says what all of them come to. Archives sign with several keys and a machine knows some of them, so a
 * signature by an unknown, expired or revoked key beside a good one is no fault; a signature by a known, usable key that does
 * not fit always is (apt's own rule: at least one good signature, none bad).
 */
export function tellingOf(reports: readonly SignatureReport[]): SignatureReport | undefined {
  return (
    reports.find(({ code }) => code === "signature-bad") ??
    reports.find(({ code }) => code === "signature-valid") ??
    reports.find(({ code }) => code !== "key-unknown") ??
    reports[0]
  );
}
