import { statSync } from "node:fs";
import { join } from "node:path";
import type { TrustMaterial } from "@sigstore/verify";
import { sha256 } from "../../../host/digest.ts";
import { bad, readTrusted } from "./files.ts";
import { FILES, type KeptTrust, readKept } from "./kept.ts";
import { shipped } from "./shipped.ts";

/** Where one scope keeps what it trusts. */
export interface TrustFolder {
  /** What people put there: a `trusted_root.json` to go by alone, or the `root.json` of a TUF repository of their own. */
  readonly given: string;
  /** What a refresh brought. */
  readonly kept: string;
}

/** Where a trust root came from, and of when it is. */
export interface TrustFacts {
  /** `given`: a file of this machine's own. `refreshed`: by TUF. `shipped`: with omg. */
  readonly origin: "given" | "refreshed" | "shipped";
  readonly path?: string;
  /** Hex SHA-256. */
  readonly sha256: string;
  /** When it was refreshed last, or the file was written. RFC 3339. */
  readonly time?: string;
  /** When what vouches for it is to be renewed at the latest. RFC 3339. */
  readonly expires?: string;
  /** Version of the TUF root behind it. */
  readonly version?: number;
}

export interface TrustRoot {
  readonly material: TrustMaterial;
  readonly facts: TrustFacts;
}

interface Chosen {
  readonly bytes: Buffer;
  readonly facts: TrustFacts;
}

/**
 * The trust root that counts here, offline: the first file that somebody gave, in the order of the folders; else the newest
 * that a refresh brought; else the one that came with omg.
 * @throws ProvenanceRefusal `trust-root-bad`: a damaged one is never passed over for another
 */
export async function openTrust(folders: readonly TrustFolder[]): Promise<TrustRoot> {
  const { bytes, facts } = given(folders) ?? (await refreshed(folders)) ?? (await fromProgram());
  return { material: await materialOf(bytes, facts), facts };
}

/** The TUF root that a refresh begins with, and that what it keeps is verified by. */
export async function initialRoot(folders: readonly TrustFolder[]): Promise<Buffer> {
  for (const folder of folders) {
    const own = readTrusted(join(folder.given, "root.json"));
    if (own !== undefined) return own;
  }
  return (await shipped()).root;
}

function given(folders: readonly TrustFolder[]): Chosen | undefined {
  for (const folder of folders) {
    const path = join(folder.given, FILES.target);
    const bytes = readTrusted(path);
    if (bytes === undefined) continue;
    return { bytes, facts: { origin: "given", path, sha256: sha256(bytes), time: statSync(path).mtime.toISOString() } };
  }
  return undefined;
}

async function refreshed(folders: readonly TrustFolder[]): Promise<Chosen | undefined> {
  let newest: { readonly path: string; readonly kept: KeptTrust } | undefined;
  for (const [index, folder] of folders.entries()) {
    const path = join(folder.kept, FILES.target);
    if (readTrusted(path) === undefined) continue;
    const kept = await readKept(folder.kept, await initialRoot(folders.slice(index)));
    if (kept !== undefined && (newest === undefined || kept.expires > newest.kept.expires)) newest = { path, kept };
  }
  if (newest === undefined) return undefined;
  const { path, kept } = newest;
  const { trustedRoot: bytes, expires, version } = kept;
  return {
    bytes,
    facts: {
      origin: "refreshed",
      path,
      sha256: sha256(bytes),
      time: statSync(path).mtime.toISOString(),
      expires: expires.toISOString(),
      version,
    },
  };
}

async function fromProgram(): Promise<Chosen> {
  const { trustedRoot: bytes, root } = await shipped();
  const { signed } = JSON.parse(root.toString("utf8")) as { signed: { version: number; expires: string } };
  const { version, expires } = signed;
  return { bytes, facts: { origin: "shipped", sha256: sha256(bytes), version, expires } };
}

async function materialOf(bytes: Buffer, { path }: TrustFacts): Promise<TrustMaterial> {
  const [{ TrustedRoot }, { toTrustMaterial }] = await Promise.all([
    import("@sigstore/protobuf-specs"),
    import("@sigstore/verify"),
  ]);
  try {
    return toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(bytes.toString("utf8"))));
  } catch (cause) {
    throw bad(
      `${path ?? "the one that came with omg"} is none (${cause instanceof Error ? cause.message : String(cause)})`,
    );
  }
}
