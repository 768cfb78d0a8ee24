import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Key, Metadata, MetaFile, Root, Signature, Snapshot, TargetFile, Targets, Timestamp } from "@tufjs/models";

export interface Publication {
  /** Version of timestamp, snapshot and targets. */
  readonly version: number;
  readonly trustedRoot: string;
  readonly expires?: Date;
  /** Keys that sign in place of the repository's. */
  readonly signer?: TufKey;
  /** What the target really holds, where it is not what is listed. */
  readonly served?: string;
}

export interface TufKey {
  readonly key: Key;
  readonly secret: KeyObject;
}

/** A TUF repository of the tests' own, as files to serve. */
export interface TufLab {
  readonly folder: string;
  /** The root that a client begins with. */
  readonly root: Buffer;
  publish(publication: Publication): void;
  /** A next root, by which another key signs from now on. `forged`: not signed by the one before. */
  rotate(options?: { readonly forged?: boolean }): void;
}

const LATER = () => new Date(Date.now() + 30 * 86_400_000);
const ROLES = ["root", "timestamp", "snapshot", "targets"] as const;

export function createTufLab(folder: string): TufLab {
  let current = newKey();
  let version = 1;
  mkdirSync(join(folder, "targets"), { recursive: true });
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const root = signed(rootOf(current, version), [current]);
  write("1.root.json", root);
  return {
    folder,
    root: Buffer.from(root),
    rotate: ({ forged = false } = {}) => {
      const next = newKey();
      version += 1;
      write(`${version}.root.json`, signed(rootOf(next, version), forged ? [next] : [current, next]));
      current = next;
    },
    publish: ({ version: number, trustedRoot, expires = LATER(), signer = current, served = trustedRoot }) => {
      const common = { version: number, specVersion: "1.0.31", expires: expires.toISOString() };
      const digest = createHash("sha256").update(trustedRoot).digest("hex");
      const target = new TargetFile({
        path: "trusted_root.json",
        length: Buffer.byteLength(trustedRoot),
        hashes: { sha256: digest },
      });
      write(`targets/${digest}.trusted_root.json`, served);
      const meta = { version: number };
      write(
        `${number}.targets.json`,
        signed(new Targets({ ...common, targets: { "trusted_root.json": target } }), [signer]),
      );
      write(
        `${number}.snapshot.json`,
        signed(new Snapshot({ ...common, meta: { "targets.json": new MetaFile(meta) } }), [signer]),
      );
      write("timestamp.json", signed(new Timestamp({ ...common, snapshotMeta: new MetaFile(meta) }), [signer]));
    },
  };
}

export function newKey(): TufKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex");
  const keyID = createHash("sha256").update(raw).digest("hex");
  const key = new Key({ keyID, keyType: "ed25519", scheme: "ed25519", keyVal: { public: raw } });
  return { key, secret: privateKey };
}

function rootOf({ key }: TufKey, version: number): Root {
  return Root.fromJSON({
    _type: "root",
    version,
    spec_version: "1.0.31",
    expires: LATER().toISOString(),
    consistent_snapshot: true,
    keys: { [key.keyID]: key.toJSON() },
    roles: Object.fromEntries(ROLES.map((name) => [name, { keyids: [key.keyID], threshold: 1 }])),
  });
}

function signed(content: Root | Targets | Snapshot | Timestamp, keys: readonly TufKey[]): string {
  const metadata = new Metadata(content);
  for (const { key, secret } of keys)
    metadata.sign((data) => new Signature({ keyID: key.keyID, sig: sign(null, data, secret).toString("hex") }), true);
  return JSON.stringify(metadata.toJSON());
}
