import { readRegular } from "../../host/files.ts";
import { Refusal } from "./finding.ts";

/** What gpg's trust database says of a key's owner. */
export interface OwnerTrust {
  /** 4 marginal, 5 full, 6 ultimate; less: not trusted to introduce anybody. */
  readonly level: number;
  /** pacman-key(8) disables the keys that their makers took back. */
  readonly disabled: boolean;
}

// The layout is in GnuPG's doc/DETAILS, "Layout of the TrustDB": records of 40 bytes, the first of them the version.
const RECORD = 40;
const VERSION_RECORD = 1;
const TRUST_RECORD = 12;
const FORMAT = 3;
/** Trust models that a web of trust is worked out in: classic and pgp. */
const MODELS = [0, 1];
/** As everywhere else in omg: gpg's own defaults. */
const MARGINALS = 3;
const COMPLETES = 1;
const LEVEL_BITS = 0x0f;
const DISABLED_BIT = 0x80;
/** Bytes; one key takes 80. */
const MAX_DATABASE = 64 * 1024 * 1024;

/** By fingerprint, upper-case hex. @throws Refusal `unreadable`, also for settings under which gpg counts otherwise than omg */
export function readTrustDatabase(path: string): ReadonlyMap<string, OwnerTrust> {
  const bytes = contentOf(path);
  refuseOthers(path, bytes);
  const found = new Map<string, OwnerTrust>();
  for (let at = RECORD; at < bytes.length; at += RECORD) {
    if (bytes[at] !== TRUST_RECORD) continue;
    // A fingerprint of 20 bytes stands by itself; no keyring of pacman's has longer ones.
    const fingerprint = bytes
      .subarray(at + 2, at + 22)
      .toString("hex")
      .toUpperCase();
    const ownertrust = bytes[at + 22] ?? 0;
    found.set(fingerprint, {
      level: ownertrust & LEVEL_BITS,
      disabled: (ownertrust & DISABLED_BIT) !== 0,
    });
  }
  return found;
}

function contentOf(path: string): Buffer {
  try {
    return readRegular(path, MAX_DATABASE);
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    throw new Refusal("unreadable", `Whom pacman trusts could not be read: ${reason}`);
  }
}

function refuseOthers(path: string, bytes: Buffer): void {
  const start = bytes[0] === VERSION_RECORD && bytes.subarray(1, 4).toString("latin1") === "gpg";
  if (!start || bytes[4] !== FORMAT || bytes.length % RECORD !== 0)
    throw new Refusal("unreadable", `${path} is no trust database of gpg's.`);
  const [marginals = 0, completes = 0, , model = 0] = bytes.subarray(5, 9);
  if (marginals === MARGINALS && completes === COMPLETES && MODELS.includes(model)) return;
  throw new Refusal(
    "unreadable",
    `${path} was made with settings of gpg's that omg does not count by (trust model ${model}, ${marginals} marginals, ${completes} completes): take them out of the gpg.conf beside it, and run pacman-key --updatedb.`,
  );
}
