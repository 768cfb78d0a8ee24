import { readFileSync } from "node:fs";
import type { PublicKey } from "openpgp";
import { sha256 } from "../../host/digest.ts";
import { type Certifications, certificationsIn } from "./certifications.ts";
import { Refusal } from "./finding.ts";
import { fingerprintOf, type Introduction, readTrustedKeys, type TrustedKeys } from "./keyring.ts";

/**
 * A keyring as pacman-key(8) populates it: lying in it is not enough, a key counts when enough of the master keys vouch for it.
 */
export interface IntroducedKeyring {
  /** `archlinux.gpg` */
  readonly keyring: string;
  /** `archlinux-trusted`: the master keys with how far each is trusted, in the form of gpg(1) --export-ownertrust. */
  readonly trusted: string;
  /** `archlinux-revoked`: fingerprints of keys that no longer count, whatever the keyring says. */
  readonly revoked?: string;
}

/** gpg(1), --marginals-needed and --max-cert-depth: the defaults, which pacman-key leaves as they are. */
const MARGINALS = 3;
const MAX_DEPTH = 5;

/** gpg's doc/DETAILS, ownertrust: 4 is marginal, 5 full, 6 ultimate. A key of the last two is enough by itself. */
const WEIGHTS: Readonly<Record<string, number>> = { "4": 1, "5": MARGINALS, "6": MARGINALS };

const TRUST = /^([0-9A-F]{40,64}):([3-6]):$/;
const FINGERPRINT = /^[0-9A-F]{40,64}$/;

/** Whose word counts how much. Keys by their fingerprints. */
export interface Trust {
  /** Of the keys that may introduce others, in marginal introductions. */
  readonly weights: ReadonlyMap<string, number>;
  /** Keys that need nobody to introduce them. */
  readonly anchors: ReadonlySet<string>;
  /** Keys that no longer count. */
  readonly revoked: ReadonlySet<string>;
}

/**
 * The keys of such a keyring, each asked for its introductions. `cache`: a folder of this user's.
 * @throws Refusal `unreadable` for a file that is missing or is not what it should be: none of its lines is passed over
 */
export async function readIntroducedKeys(files: IntroducedKeyring, cache?: string): Promise<TrustedKeys> {
  const trusted = await readTrustedKeys({ keyrings: [files.keyring] });
  const weights = weightsIn(files.trusted);
  const revoked = revokedIn(files.revoked);
  return introducedBy({ weights, anchors: new Set(weights.keys()), revoked }, trusted, files.keyring, cache);
}

/** `keyring`: the file that the keys were read from. `cache`: a folder of this user's. */
export async function introducedBy(
  trust: Trust,
  { keys, admits }: TrustedKeys,
  keyring: string,
  cache: string | undefined,
): Promise<TrustedKeys> {
  const introducers = keys.filter((key) => trust.weights.has(fingerprintOf(key)));
  const certified = await certificationsIn(keys, introducers, sha256(readFileSync(keyring)), cache);
  const web: Web = { ...trust, introducers, certified };
  const vouching = new Map<number, Promise<ReadonlySet<string>>>();
  const introduced = async (key: PublicKey, now: Date) => {
    const able = vouching.get(now.getTime()) ?? ableToVouch(web, now);
    vouching.set(now.getTime(), able);
    return introductionOf(key, web, await able, now);
  };
  return { keys, admits, introduced };
}

interface Web extends Trust {
  readonly introducers: readonly PublicKey[];
  readonly certified: Certifications;
}

/** What pacman-key and gpg would make of a key at that time. `able`: the introducers that count then. */
async function introductionOf(key: PublicKey, web: Web, able: ReadonlySet<string>, now: Date): Promise<Introduction> {
  const fingerprint = fingerprintOf(key);
  if (web.revoked.has(fingerprint))
    return { valid: false, revoked: true, detail: "The keyring's makers list the key as revoked" };
  if (web.anchors.has(fingerprint)) return { valid: true, revoked: false, detail: "It is a master key itself" };
  const weight = await weightOf(key, web, able, now);
  const detail = `Master keys that vouch for it count ${weight}, and ${MARGINALS} are needed`;
  return { valid: weight >= MARGINALS, revoked: false, detail };
}

/** Introducers that are good themselves, or are introduced by those that are: as many steps from the anchors as gpg goes. */
async function ableToVouch(web: Web, now: Date): Promise<ReadonlySet<string>> {
  const usable = (await Promise.all(web.introducers.map((key) => usableAt(key, web, now)))).flat();
  const able = new Set(usable.map(fingerprintOf).filter((key) => web.anchors.has(key)));
  for (let depth = 1; depth < MAX_DEPTH; depth++) {
    const waiting = usable.filter((key) => !able.has(fingerprintOf(key)));
    const weights = await Promise.all(waiting.map((key) => weightOf(key, web, able, now)));
    const found = waiting.filter((_, index) => (weights[index] ?? 0) >= MARGINALS);
    if (found.length === 0) break;
    for (const key of found) able.add(fingerprintOf(key));
  }
  return able;
}

async function usableAt(key: PublicKey, { revoked }: Web, now: Date): Promise<readonly PublicKey[]> {
  if (revoked.has(fingerprintOf(key))) return [];
  return key.verifyPrimaryKey(now).then(
    () => [key],
    () => [],
  );
}

/** By the user id that most vouch for, in marginal introductions. */
async function weightOf(key: PublicKey, web: Web, able: ReadonlySet<string>, now: Date): Promise<number> {
  const weights = key.users.map((user) => weightOfUser(user, fingerprintOf(key), web, able, now));
  return Math.max(0, ...(await Promise.all(weights)));
}

/** A user id that the key itself does not hold up any more introduces nobody. */
async function weightOfUser(
  user: PublicKey["users"][number],
  key: string,
  { certified, weights }: Web,
  able: ReadonlySet<string>,
  now: Date,
): Promise<number> {
  const holds = await user.verify(now).then(
    () => true,
    () => false,
  );
  if (!holds) return 0;
  const time = now.getTime();
  const found = certified[key]?.[user.userID?.userID ?? ""] ?? [];
  return found
    .filter(({ by, from, until }) => able.has(by) && from <= time && (until === null || time < until))
    .reduce((sum, { by }) => sum + (weights.get(by) ?? 0), 0);
}

/** Of a key with this ownertrust, in marginal introductions; undefined for one that introduces nobody. */
export function weightOfTrust(ownertrust: number): number | undefined {
  return WEIGHTS[ownertrust];
}

function weightsIn(file: string): ReadonlyMap<string, number> {
  return new Map(
    linesOf(file).map((line) => {
      const [, fingerprint, trust] = TRUST.exec(line) ?? [];
      if (fingerprint === undefined || trust === undefined) throw notSo(file, line, "a fingerprint with its trust");
      return [fingerprint, WEIGHTS[trust] ?? 0];
    }),
  );
}

function revokedIn(file: string | undefined): ReadonlySet<string> {
  const lines = file === undefined ? [] : linesOf(file);
  const odd = lines.find((line) => !FINGERPRINT.test(line));
  if (file !== undefined && odd !== undefined) throw notSo(file, odd, "a fingerprint");
  return new Set(lines);
}

function linesOf(file: string): readonly string[] {
  try {
    const lines = readFileSync(file, "latin1").split("\n");
    return lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  } catch (fault) {
    throw new Refusal("unreadable", `${file} could not be read: ${fault instanceof Error ? fault.message : fault}`);
  }
}

function notSo(file: string, line: string, wanted: string): Refusal {
  return new Refusal("unreadable", `${file} has a line that is not ${wanted}: ${line.slice(0, 80)}`);
}
