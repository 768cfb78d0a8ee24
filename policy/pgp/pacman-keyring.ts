import { join } from "node:path";
import { readTrustedKeys, type TrustedKeys } from "./keyring.ts";
import { type OwnerTrust, readTrustDatabase } from "./trust-database.ts";
import { introducedBy, type Trust, weightOfTrust } from "./web-of-trust.ts";

/** gpg's doc/DETAILS, ownertrust: a key that counts without anybody's word, as the one that pacman-key --init makes. */
const ULTIMATE = 6;

/**
 * The keys that pacman knows (pacman.conf(5), GPGDir). `trustAll`: lying there is enough; otherwise keys that the machine trusts
 * have to vouch for each, as gpg counts it. `cache`: a folder of this user's.
 * @throws Refusal `unreadable`
 */
export async function readPacmanKeyring(folder: string, trustAll: boolean, cache?: string): Promise<TrustedKeys> {
  const keyring = join(folder, "pubring.gpg");
  const trusted = await readTrustedKeys({ keyrings: [keyring] });
  if (trustAll) return trusted;
  return introducedBy(trustOf(readTrustDatabase(join(folder, "trustdb.gpg"))), trusted, keyring, cache);
}

function trustOf(owners: ReadonlyMap<string, OwnerTrust>): Trust {
  const all = [...owners];
  const weights = all.flatMap(([key, { level }]) => {
    const weight = weightOfTrust(level);
    return weight === undefined ? [] : [[key, weight] as const];
  });
  return {
    weights: new Map(weights),
    anchors: new Set(all.filter(([, { level }]) => level === ULTIMATE).map(([key]) => key)),
    revoked: new Set(all.filter(([, { disabled }]) => disabled).map(([key]) => key)),
  };
}
