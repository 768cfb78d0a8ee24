import { join } from "node:path";
import { Readable } from "node:stream";
import type { MetaFile, Root, TargetFile, Metadata as TufMetadata } from "@tufjs/models";
import { ProvenanceRefusal } from "../finding.ts";
import { bad, readTrusted } from "./files.ts";

type Json = Parameters<typeof TufMetadata.fromJSON>[1];

/** A trust root that a refresh brought, verified again from what this program trusts. */
export interface KeptTrust {
  readonly trustedRoot: Buffer;
  /** Version of the newest TUF root, and when what vouches for all of it is to be renewed at the latest. */
  readonly version: number;
  readonly expires: Date;
}

/** Files of a refresh, below the folder. */
export const FILES = {
  timestamp: "timestamp.json",
  snapshot: "snapshot.json",
  targets: "targets.json",
  target: "trusted_root.json",
  done: "refreshed.json",
} as const;

function rootFile(version: number): string {
  return `${version}.root.json`;
}

/**
 * Verifies what an earlier refresh kept, from the initial TUF root on, as the client workflow does (The Update Framework
 * Specification, 5.3 to 5.7), but for the expiry dates: offline, what was valid when it came counts until it is renewed.
 * Undefined when nothing was kept.
 * @throws ProvenanceRefusal `trust-root-bad` when any of it was changed
 */
export async function readKept(folder: string, initialRoot: Buffer): Promise<KeptTrust | undefined> {
  const trustedRoot = readTrusted(join(folder, FILES.target));
  if (trustedRoot === undefined) return undefined;
  try {
    const { root } = await walkRoots(initialRoot, async (name) => readTrusted(join(folder, name)));
    const { target, expires } = await listedTarget(root, (name) => fileIn(folder, name));
    await target.verify(Readable.from([trustedRoot]));
    return { trustedRoot, version: root.signed.version, expires };
  } catch (cause) {
    if (cause instanceof ProvenanceRefusal) throw cause;
    throw bad(`what lies in ${folder} does not verify (${cause instanceof Error ? cause.message : String(cause)})`);
  }
}

function fileIn(folder: string, name: string): Buffer {
  const bytes = readTrusted(join(folder, name));
  if (bytes === undefined) throw bad(`${join(folder, name)} is missing`);
  return bytes;
}

/** From the root's keys over timestamp, snapshot and targets to what these list the trust root as. */
async function listedTarget(
  root: TufMetadata<Root>,
  fileOf: (name: string) => Buffer,
): Promise<{ readonly target: TargetFile; readonly expires: Date }> {
  const { Metadata, MetadataKind } = await import("@tufjs/models");
  const [timestampBytes, snapshotBytes, targetsBytes] = [FILES.timestamp, FILES.snapshot, FILES.targets].map(fileOf);
  const timestamp = Metadata.fromJSON(MetadataKind.Timestamp, json(timestampBytes));
  root.verifyDelegate("timestamp", timestamp);
  const snapshot = Metadata.fromJSON(MetadataKind.Snapshot, json(snapshotBytes));
  root.verifyDelegate("snapshot", snapshot);
  sameFile(FILES.snapshot, snapshotBytes, snapshot.signed.version, timestamp.signed.snapshotMeta);
  const targets = Metadata.fromJSON(MetadataKind.Targets, json(targetsBytes));
  root.verifyDelegate("targets", targets);
  sameFile(FILES.targets, targetsBytes, targets.signed.version, snapshot.signed.meta[FILES.targets]);
  const target = targets.signed.targets[FILES.target];
  if (target === undefined) throw new Error(`${FILES.targets} does not list ${FILES.target}`);
  return { target, expires: new Date(timestamp.signed.expires) };
}

/** More root rotations than any repository has had. */
const MOST_ROOTS = 256;

/**
 * From one TUF root to the newest, each signed by the one before and by itself (The Update Framework Specification, 5.3).
 * @param next the file of this name; undefined where there is none, which ends the walk
 * @throws what the library throws for a root that does not verify, and what `next` throws
 */
export async function walkRoots(
  initial: Buffer,
  next: (name: string) => Promise<Buffer | undefined>,
): Promise<{ readonly root: TufMetadata<Root>; readonly bytes: Buffer }> {
  const { Metadata, MetadataKind } = await import("@tufjs/models");
  let bytes = initial;
  let root = Metadata.fromJSON(MetadataKind.Root, json(initial));
  root.verifyDelegate("root", root);
  for (let count = 0; count < MOST_ROOTS; count++) {
    const version = root.signed.version + 1;
    const found = await next(rootFile(version));
    if (found === undefined) return { root, bytes };
    const following = Metadata.fromJSON(MetadataKind.Root, json(found));
    root.verifyDelegate("root", following);
    following.verifyDelegate("root", following);
    if (following.signed.version !== version) throw new Error(`${rootFile(version)} is another version`);
    root = following;
    bytes = found;
  }
  throw new Error("there is no end of newer roots");
}

function sameFile(name: string, bytes: Buffer | undefined, version: number, listed: MetaFile | undefined): void {
  if (version !== listed?.version) throw new Error(`${name} has version ${version}, not ${listed?.version ?? "any"}`);
  listed.verify(bytes ?? Buffer.alloc(0));
}

function json(bytes: Buffer | undefined): Json {
  return JSON.parse(bytes?.toString("utf8") ?? "") as Json;
}
