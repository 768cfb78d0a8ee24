import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PublicKey } from "openpgp";
import { CLEAN_ENV, run } from "../../host/run.ts";
import { Refusal } from "./finding.ts";
import { fingerprintOf, readTrustedKeys, type TrustedKeys } from "./keyring.ts";

/** The keys that pacman knows (pacman.conf(5), GPGDir). */
export interface PacmanKeyring {
  readonly trusted: TrustedKeys;
  /**
   * Fingerprint of the key that made a signature, by the signature alone: known, trusted and not expired or revoked.
   * @throws Refusal `key-unknown`, `key-untrusted`, `key-expired`, `key-revoked`, `signature-bad`
   */
  signerOf(signature: Uint8Array, now: Date, trustAll: boolean): Promise<string>;
}

const GPG = "/usr/bin/gpg";
/** Validity as gpg lists it (GnuPG, doc/DETAILS, field 2): what pacman takes for trusted. */
const TRUSTED = new Set(["f", "u"]);

/** @throws Refusal `unreadable` */
export async function readPacmanKeyring(folder: string): Promise<PacmanKeyring> {
  const trusted = await readTrustedKeys({ keyrings: [join(folder, "pubring.gpg")] });
  const validities = new Map<string, Promise<string>>();
  const validity = (key: PublicKey) => {
    const fingerprint = fingerprintOf(key);
    const known = validities.get(fingerprint) ?? validityOf(folder, fingerprint);
    validities.set(fingerprint, known);
    return known;
  };
  return {
    trusted,
    signerOf: async (signature, now, trustAll) => {
      const id = await issuerOf(signature);
      const key = trusted.keys.find((each) => each.getKeys(id).length > 0);
      const name = id.toHex().toUpperCase();
      if (key === undefined)
        throw new Refusal(
          "key-unknown",
          `It is signed by ${name}, which is no key of pacman's (${folder}); a newer archlinux-keyring may bring it.`,
        );
      const fingerprint = fingerprintOf(key.getKeys(id)[0] ?? key);
      await refuseEnded(key, fingerprint, now);
      if (trustAll || TRUSTED.has(await validity(key))) return fingerprint;
      throw new Refusal(
        "key-untrusted",
        `It is signed by ${fingerprint}, a key that pacman knows and nobody that it trusts vouched for.`,
        { key: fingerprint },
      );
    },
  };
}

async function issuerOf(signature: Uint8Array): Promise<ReturnType<PublicKey["getKeyID"]>> {
  const { readSignature } = await import("openpgp");
  try {
    const { packets } = await readSignature({ binarySignature: new Uint8Array(signature) });
    const [packet, ...others] = packets;
    if (packet !== undefined && others.length === 0) return packet.issuerKeyID;
  } catch {
    // said below
  }
  throw new Refusal("signature-bad", "What stands there is not one OpenPGP signature.");
}

async function refuseEnded(key: PublicKey, fingerprint: string, now: Date): Promise<void> {
  if (await key.isRevoked(undefined, undefined, now))
    throw new Refusal("key-revoked", `It is signed by ${fingerprint}, which is revoked.`, { key: fingerprint });
  const end = await key.getExpirationTime();
  if (end instanceof Date && end <= now)
    throw new Refusal(
      "key-expired",
      `It is signed by ${fingerprint}, which expired on ${end.toISOString().slice(0, 10)}.`,
      { key: fingerprint },
    );
}

/** As gpg has worked it out from whom the machine trusts; nothing is written. @throws Refusal `unreadable` */
async function validityOf(folder: string, fingerprint: string): Promise<string> {
  if (!existsSync(GPG))
    throw new Refusal("unreadable", `Whom pacman trusts could not be looked up: there is no ${GPG}.`);
  const args = [
    "--homedir",
    folder,
    "--batch",
    "--lock-never",
    "--no-auto-check-trustdb",
    "--with-colons",
    "--list-keys",
    `0x${fingerprint}`,
  ];
  const { code, stdout, stderr } = await run(GPG, args, { env: CLEAN_ENV, timeoutMs: 60_000 });
  const found = /^pub:(.):/m.exec(stdout)?.[1];
  if (code === 0 && found !== undefined) return found;
  throw new Refusal(
    "unreadable",
    `Whom pacman trusts could not be looked up in ${folder}: ${stderr.trim().split("\n").at(-1)}`,
  );
}
