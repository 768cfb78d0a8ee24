import { decryptKey, type Key, type PrivateKey, readKeys, readPrivateKeys } from "openpgp";
import { OmgError } from "../../schema/error.ts";

/** Somebody that a bundle can be encrypted to. */
export interface Recipient {
  readonly key: Key;
  /** Upper-case hex. */
  readonly fingerprint: string;
  /** As the key calls them; it is theirs to say. */
  readonly name: string;
}

/**
 * The keys in a file, armoured or binary. Secret ones count by their public part.
 * @param path for messages
 * @throws OmgError `recipient-invalid` where there is none, or one of them cannot be encrypted to (expired, revoked, for signing only)
 */
export async function recipientsIn(path: string, bytes: Buffer): Promise<readonly Recipient[]> {
  const found = await readable(path, async () => {
    return isArmored(bytes)
      ? readKeys({ armoredKeys: bytes.toString("latin1") })
      : readKeys({ binaryKeys: new Uint8Array(bytes) });
  });
  if (found.length === 0) throw invalid(path, "there is no key in it");
  return Promise.all(
    found.map(async (key) => {
      await key.getEncryptionKey().catch((error: unknown) => {
        throw invalid(path, `nothing can be encrypted to ${fingerprintOf(key)} (${wordsOf(error)})`);
      });
      return { key: key.toPublic(), fingerprint: fingerprintOf(key), name: key.getUserIDs()[0] ?? "" };
    }),
  );
}

/**
 * The one secret key of a file.
 * @param passphrase asked only where the key has one
 * @throws OmgError `recipient-invalid`, `key-not-opened`
 */
export async function secretKeyIn(path: string, bytes: Buffer, passphrase: () => Promise<string>): Promise<PrivateKey> {
  const found = await readable(path, async () => {
    return isArmored(bytes)
      ? readPrivateKeys({ armoredKeys: bytes.toString("latin1") })
      : readPrivateKeys({ binaryKeys: new Uint8Array(bytes) });
  });
  const [privateKey] = found;
  if (privateKey === undefined || found.length > 1) throw invalid(path, "it should hold one secret key");
  if (privateKey.isDecrypted()) return privateKey;
  const secret = await passphrase();
  return decryptKey({ privateKey, passphrase: secret }).catch(() => {
    throw new OmgError({
      code: "key-not-opened",
      exit: "refused",
      message: `That passphrase does not open the key in ${path}.`,
      state: "Nothing was read of the bundle, and nothing was changed.",
      hint: "Try the passphrase again.",
    });
  });
}

function isArmored(bytes: Buffer): boolean {
  return /^\s*-----BEGIN PGP/.test(bytes.toString("latin1", 0, 100));
}

function fingerprintOf(key: Key): string {
  return key.getFingerprint().toUpperCase();
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw invalid(path, wordsOf(error));
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function invalid(path: string, reason: string): OmgError {
  return new OmgError({
    code: "recipient-invalid",
    exit: "invalid",
    message: `${path} cannot be used as an OpenPGP key: ${reason}.`,
    state: "Nothing was changed.",
    hint: "`gpg --armor --export NAME` writes a public key, and `--export-secret-keys` a secret one.",
  });
}
