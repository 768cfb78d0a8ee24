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

/** gpg(1), --marginals-needed: its default, which pacman-key leaves as it is. */
const MARGINALS = 3;

/** gpg's doc/DETAILS, ownertrust: 4 is marginal, 5 full, 6 ultimate. A key of the last two is enough by itself. */
const WEIGHTS: Readonly<Record<string, number>> = { "4": 1, "5": MARGINALS, "6": MARGINALS };

const TRUST = /^([0-9A-F]{40,64}):([3-6]):$/;
const FINGERPRINT = /^[0-9A-F]{40,64}$/;

/**
 * The keys of such a keyring, each asked for its introductions. `cache`: a folder of this user's.
 * @throws Refusal `unreadable` for a file that is missing or is not what it should be: none of its lines is passed over
 */
export async function readIntroducedKeys(files: IntroducedKeyring, cache?: string): Promise<TrustedKeys> {
  const { keys, admits } = await readTrustedKeys({ keyrings: [files.keyring] });
  const weights = weightsIn(files.trusted);
  const revoked = revokedIn(files.revoked);
  const masters = keys.filter((key) => weights.has(fingerprintOf(key)));
  const digest = sha256([files.keyring, files.trusted].map((file) => sha256(readFileSync(file))).join(" "));
  const certified = await certificationsIn(keys, masters, digest, cache);
  const web: Web = { masters, weights, revoked, certified };
  return { keys, admits, introduced: (key, now) => introductionOf(key, web, now) };
}

interface Web {
  readonly masters: readonly PublicKey[];
  /** Of the master keys by fingerprint, in marginal introductions. */
  readonly weights: ReadonlyMap<string, number>;
  readonly revoked: ReadonlySet<string>;
  readonly certified: Certifications;
}

/** What pacman-key and gpg would make of a key at that time. */
async function introductionOf(key: PublicKey, web: Web, now: Date): Promise<Introduction> {
  const fingerprint = fingerprintOf(key);
  if (web.revoked.has(fingerprint))
    return { valid: false, revoked: true, detail: "The keyring's makers list the key as revoked" };
  if (web.weights.has(fingerprint)) return { valid: true, revoked: false, detail: "It is a master key itself" };
  const able = new Set((await Promise.all(web.masters.map((master) => ableToVouch(master, web, now)))).flat());
  const best = Math.max(
    0,
    ...(await Promise.all(key.users.map((user) => weightOf(user, fingerprint, web, able, now)))),
  );
  const detail = `Master keys that vouch for it count ${best}, and ${MARGINALS} are needed`;
  return { valid: best >= MARGINALS, revoked: false, detail };
}

async function ableToVouch(master: PublicKey, { revoked }: Web, now: Date): Promise<readonly string[]> {
  const fingerprint = fingerprintOf(master);
  if (revoked.has(fingerprint)) return [];
  return master.verifyPrimaryKey(now).then(
    () => [fingerprint],
    () => [],
  );
}

/** A user id that the key itself does not hold up any more introduces nobody. */
async function weightOf(
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
