import { readFileSync } from "node:fs";
import type { PublicKey } from "openpgp";
import { Refusal } from "./finding.ts";

const ARMOUR = /-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;

/**
 * All public keys of the files that a source is bound to. A file is what sources.list(5) allows for Signed-By: binary
 * OpenPGP, or ASCII armour (one block or several, text around them ignored).
 * @throws Refusal `unreadable` for a file that is missing, unreadable or holds no key: a keyring that is read in part
 * would make a good signature look unknown.
 */
export async function readKeyrings(files: readonly string[]): Promise<PublicKey[]> {
  const keys: PublicKey[] = [];
  for (const file of files) {
    try {
      keys.push(...(await readKeyring(readFileSync(file))));
    } catch (fault) {
      throw new Refusal("unreadable", `The keyring ${file} could not be read: ${reasonOf(fault)}`);
    }
  }
  return keys;
}

async function readKeyring(content: Buffer): Promise<PublicKey[]> {
  const { readKeys } = await import("openpgp");
  const blocks = content.toString("latin1").match(ARMOUR);
  if (blocks === null) return (await readKeys({ binaryKeys: new Uint8Array(content) })).map(asPublic);
  const keys: PublicKey[] = [];
  for (const block of blocks) keys.push(...(await readKeys({ armoredKeys: block })).map(asPublic));
  return keys;
}

function asPublic(key: { toPublic(): PublicKey }): PublicKey {
  return key.toPublic();
}

function reasonOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
