import { readFileSync } from "node:fs";
import type { PublicKey, Subkey } from "openpgp";
import type { DebianChain } from "../../schema/model/artifact.ts";
import { Refusal } from "./finding.ts";

/** The keys that may vouch for a source. */
export interface TrustedKeys {
  readonly keys: readonly PublicKey[];
  /** Whether a signature counts that was made by `signer`, which is one of `keys` or a subkey of it. */
  admits(key: PublicKey, signer: PublicKey | Subkey): boolean;
  /** Whether others that are trusted to introduce keys vouch for this one; absent where lying in the keyring is enough. */
  readonly introduced?: (key: PublicKey, now: Date) => Promise<Introduction>;
}

/** What a key's introducers say of it. */
export interface Introduction {
  readonly valid: boolean;
  /** The keyring's makers took it back. */
  readonly revoked: boolean;
  /** Without the full stop. */
  readonly detail: string;
}

/** Where the keys of a source are, and which of them count. */
type KeySource = Pick<DebianChain, "keyrings" | "keyBlock" | "fingerprints">;

const ARMOUR = /-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;

/**
 * All public keys that a source is bound to. A file is what sources.list(5) allows for Signed-By: binary OpenPGP, or ASCII
 * armour (one block or several, text around them ignored).
 * @throws Refusal `unreadable` for a file or block that is missing, unreadable or holds no key: a keyring that is read in
 * part would make a good signature look unknown.
 */
export async function readTrustedKeys({ keyrings, keyBlock, fingerprints }: KeySource): Promise<TrustedKeys> {
  const keys: PublicKey[] = [];
  for (const file of keyrings) keys.push(...(await readKeys(`The keyring ${file}`, () => readFileSync(file))));
  if (keyBlock !== undefined) keys.push(...(await readKeys("The key in the source", () => Buffer.from(keyBlock))));
  return { keys, admits: fingerprints === undefined ? () => true : oneOf(fingerprints) };
}

/** sources.list(5), Signed-By: a fingerprint stands for the key's subkeys, too, unless it ends in an exclamation mark. */
function oneOf(fingerprints: readonly string[]): TrustedKeys["admits"] {
  const exact = new Set(fingerprints.map((fingerprint) => fingerprint.replace(/!$/, "")));
  const whole = new Set(fingerprints);
  return (key, signer) => exact.has(fingerprintOf(signer)) || whole.has(fingerprintOf(key));
}

/** In upper-case hexadecimal. */
export function fingerprintOf(key: PublicKey | Subkey): string {
  return key.getFingerprint().toUpperCase();
}

async function readKeys(what: string, read: () => Buffer): Promise<PublicKey[]> {
  try {
    return await parseKeys(read());
  } catch (fault) {
    throw new Refusal("unreadable", `${what} could not be read: ${reasonOf(fault)}`);
  }
}

async function parseKeys(content: Buffer): Promise<PublicKey[]> {
  const { readKeys: parse } = await import("openpgp");
  const blocks = content.toString("latin1").match(ARMOUR);
  if (blocks === null) return (await parse({ binaryKeys: new Uint8Array(content) })).map(asPublic);
  const keys: PublicKey[] = [];
  for (const block of blocks) keys.push(...(await parse({ armoredKeys: block })).map(asPublic));
  return keys;
}

function asPublic(key: { toPublic(): PublicKey }): PublicKey {
  return key.toPublic();
}

function reasonOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
