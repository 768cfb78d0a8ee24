import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { existsSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { canonical } from "../../host/canonical-json.ts";
import { sha256 } from "../../host/digest.ts";
import { failpoint } from "../../host/failpoint.ts";
import { makeFolder, readIfPresent, syncFolder, writeAtomic } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";

/** Where the key that signs the log's head lies (PEM), for its owner alone, and its public part, for everybody. */
export interface KeyPaths {
  readonly own: string;
  readonly open: string;
  /** A key that has signed nothing that counts yet. */
  readonly coming: string;
}

export function keyPathsIn(folder: string): KeyPaths {
  const path = (name: string) => `${folder}/${name}`;
  return { own: path("audit-key.pem"), open: path("audit-key.pub.pem"), coming: path("audit-key.new.pem") };
}

/** A public key. */
export interface OpenKey {
  /** Hex SHA-256 of its SPKI in DER. */
  readonly fingerprint: string;
  readonly pem: string;
  /** Whether it signed this statement. */
  signed(statement: object, signature: string): boolean;
}

export interface OwnKey extends OpenKey {
  /** @returns base64 */
  sign(statement: object): string;
}

const LARGEST = 4096;

/** Whether a head of this log must be signed. A key that others cannot read is there all the same. */
export function hasKey(paths: KeyPaths): boolean {
  return existsSync(paths.own);
}

/** The public part as it is kept; undefined where there is none. @throws OmgError `audit-key-damaged` */
export function readOpenKey(path: string): OpenKey | undefined {
  const pem = readIfPresent(path, LARGEST)?.toString("utf8");
  return pem === undefined ? undefined : openKeyOf(pem, path);
}

/** One that cannot be read proves as much as none. */
export function openKeyOrNone({ open }: KeyPaths): OpenKey | undefined {
  try {
    return readOpenKey(open);
  } catch (cause) {
    if (cause instanceof OmgError) return undefined;
    throw cause;
  }
}

/** @throws OmgError `audit-key-damaged` */
export function openKeyOf(pem: string, path: string): OpenKey {
  return asOpenKey(parse(() => createPublicKey(pem), path));
}

/** The key itself; undefined where there is none. @throws OmgError `audit-key-damaged` */
export function readOwnKey(path: string): OwnKey | undefined {
  const pem = readIfPresent(path, LARGEST)?.toString("utf8");
  return pem === undefined ? undefined : asOwnKey(parse(() => createPrivateKey(pem), path));
}

/**
 * Makes the key. It counts once `first` is on the disk, which is to write a head signed by it: a run that is killed in between
 * leaves a log as it was before, or one that is signed.
 */
export function makeKey(paths: KeyPaths, mode: number, first: (key: OwnKey) => void): OwnKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = asOwnKey(privateKey);
  makeFolder(dirname(paths.own));
  writeAtomic(paths.coming, privateKey.export({ type: "pkcs8", format: "pem" }), 0o600);
  writeAtomic(paths.open, key.pem, mode);
  failpoint("log.after-key");
  first(key);
  failpoint("log.after-first-signature");
  keepKey(paths);
  return key;
}

/** From now on heads must be signed. */
export function keepKey(paths: KeyPaths): void {
  renameSync(paths.coming, paths.own);
  syncFolder(dirname(paths.own));
}

function asOwnKey(key: KeyObject): OwnKey {
  return {
    ...asOpenKey(createPublicKey(key)),
    sign: (statement) => sign(null, Buffer.from(canonical(statement)), key).toString("base64"),
  };
}

function asOpenKey(key: KeyObject): OpenKey {
  return {
    fingerprint: sha256(key.export({ type: "spki", format: "der" })),
    pem: key.export({ type: "spki", format: "pem" }).toString(),
    signed: (statement, signature) =>
      verify(null, Buffer.from(canonical(statement)), key, Buffer.from(signature, "base64")),
  };
}

function parse(read: () => KeyObject, path: string): KeyObject {
  try {
    const key = read();
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // Told below: what is wrong with it would only quote it.
  }
  throw new OmgError({
    code: "audit-key-damaged",
    exit: "error",
    message: `${path} is not an Ed25519 key in PEM.`,
    state: "Nothing was done: without its log omg does nothing.",
    hint: "Restore it from a backup. If it is lost, move the log, its head and the key away together; the next run starts a new log.",
  });
}
