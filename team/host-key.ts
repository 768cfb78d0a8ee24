import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { canonical } from "../host/canonical-json.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../host/files.ts";
import { OmgError } from "../schema/error.ts";

/** What a machine proves itself with among its team: one Ed25519 key, for its owner alone, in the data folder. */
export interface HostKey {
  /** Its public part as a team lists it: `ed25519:` and the base64 of its 32 bytes. */
  readonly open: string;
  /** For TLS. */
  readonly privateKey: KeyObject;
  /** @returns base64, over the canonical form. */
  sign(statement: object): string;
}

const LARGEST = 4096;
const PREFIX = "ed25519:";
/** SPKI in DER of an Ed25519 key, up to the 32 bytes themselves (RFC 8410). */
const SPKI_HEADER = Buffer.from("302a300506032b6570032100", "hex");
const RAW_BYTES = 32;

const pathIn = (data: string): string => `${data}/team/host-key.pem`;

/** The key of a data folder; undefined where there is none. @throws OmgError `host-key-damaged` */
export function readHostKey(data: string): HostKey | undefined {
  const pem = readIfPresent(pathIn(data), LARGEST);
  return pem === undefined ? undefined : asHostKey(privateKeyOf(pem, pathIn(data)));
}

/** The key of a data folder, made where there is none. @throws OmgError `host-key-damaged` */
export function ensureHostKey(data: string): HostKey {
  const present = readHostKey(data);
  if (present !== undefined) return present;
  const { privateKey } = generateKeyPairSync("ed25519");
  makeFolder(`${data}/team`);
  writeAtomic(pathIn(data), privateKey.export({ type: "pkcs8", format: "pem" }), 0o600);
  return asHostKey(privateKey);
}

/** The key of a data folder as it lies there, in PEM; undefined where there is none. @throws OmgError `host-key-damaged` */
export function hostKeyText(data: string): string | undefined {
  const pem = readIfPresent(pathIn(data), LARGEST);
  if (pem !== undefined) privateKeyOf(pem, pathIn(data));
  return pem?.toString("latin1");
}

/** The public key that a text like `ed25519:…` stands for; undefined where it stands for none. */
export function publicKeyOf(open: string): KeyObject | undefined {
  if (!open.startsWith(PREFIX)) return undefined;
  const raw = Buffer.from(open.slice(PREFIX.length), "base64");
  if (raw.length !== RAW_BYTES || `${PREFIX}${raw.toString("base64")}` !== open) return undefined;
  return createPublicKey({ key: Buffer.concat([SPKI_HEADER, raw]), format: "der", type: "spki" });
}

/** `ed25519:…` of a key, private or public. */
export function openForm(key: KeyObject): string {
  const open = key.type === "private" ? createPublicKey(key) : key;
  const spki = open.export({ type: "spki", format: "der" });
  return `${PREFIX}${spki.subarray(SPKI_HEADER.length).toString("base64")}`;
}

/** Whether the machine with that key signed this statement. Anything that is no key or no signature of one signed nothing. */
export function hostSigned(open: string, statement: object, signature: string): boolean {
  const key = publicKeyOf(open);
  return key !== undefined && verify(null, Buffer.from(canonical(statement)), key, Buffer.from(signature, "base64"));
}

function asHostKey(privateKey: KeyObject): HostKey {
  return {
    open: openForm(privateKey),
    privateKey,
    sign: (statement) => sign(null, Buffer.from(canonical(statement)), privateKey).toString("base64"),
  };
}

function privateKeyOf(pem: Buffer, path: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // Told below: what is wrong with it would only quote it.
  }
  throw new OmgError({
    code: "host-key-damaged",
    exit: "error",
    message: `${path} is not an Ed25519 key in PEM.`,
    state: "Nothing was changed: without that key this machine is no member of its team.",
    hint: "Restore it from a backup. If it is lost, remove the file: the next omg team join makes a new key, which the team has to list anew.",
  });
}
