import { fingerprintOf, readTrustedKeys } from "../pgp/keyring.ts";
import type { Signers } from "./judge.ts";
import { sshKey } from "./ssh-key.ts";
import { Malformed } from "./ssh-wire.ts";

/** A key of a trust document: one of the two. */
export interface NamedKey {
  readonly fingerprint: string;
  readonly owner: string;
  /** `ssh-ed25519 AAAA…` */
  readonly ssh?: string;
  /** ASCII armour of one key. */
  readonly pgp?: string;
}

/**
 * Who may sign by these keys, for any purpose.
 * @throws Malformed, Refusal `unreadable` for a key that is none, or another one than its fingerprint says
 */
export async function signersOf(keys: readonly NamedKey[]): Promise<Signers> {
  const ssh = keys.flatMap(({ ssh: text, owner, fingerprint }) => {
    if (text === undefined) return [];
    const [type, blob = ""] = text.split(" ");
    const key = sshKey(Buffer.from(blob, "base64"));
    if (key.type !== type || key.fingerprint !== fingerprint) throw another(fingerprint);
    return [{ principals: owner, fingerprint, admits: () => true }];
  });
  const keyBlock = keys.flatMap(({ pgp }) => (pgp === undefined ? [] : [pgp])).join("\n");
  const pgp = await readTrustedKeys({ keyrings: [], ...(keyBlock === "" ? {} : { keyBlock }) });
  const wanted = keys.filter((each) => each.pgp !== undefined).map(({ fingerprint }) => fingerprint);
  const found = pgp.keys.map(fingerprintOf);
  if (found.join() !== wanted.join()) throw another(wanted.find((each) => !found.includes(each)) ?? "a key");
  return { ssh, pgp };
}

function another(fingerprint: string): Malformed {
  return new Malformed(`${fingerprint} is not the fingerprint of the key that stands there`);
}

/** The fingerprint that a key goes by in a trust document. Errors: as for `signersOf`. */
export async function fingerprintOfKey(key: Pick<NamedKey, "ssh" | "pgp">): Promise<string> {
  if (key.ssh !== undefined) return sshKey(Buffer.from(key.ssh.split(" ")[1] ?? "", "base64")).fingerprint;
  const { keys } = await readTrustedKeys({ keyrings: [], keyBlock: key.pgp ?? "" });
  const [only, more] = keys;
  if (only === undefined || more !== undefined) throw new Malformed("it is not one OpenPGP key");
  return fingerprintOf(only);
}
