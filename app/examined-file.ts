import { basename } from "node:path";
import { sha256 } from "../host/digest.ts";
import { readBundle } from "../policy/slsa/verify.ts";
import type { World } from "../reconciler/world.ts";
import { OmgError } from "../schema/error.ts";
import type { Artifact } from "../schema/model/artifact.ts";
import { artifactNamed, type FoundArtifact } from "./artifact-named.ts";

/** Answers of a solver that say that there is no such thing; any other is worth telling. */
const UNKNOWN: readonly string[] = ["unknown-name", "virtual-name", "no-such-version"];

/**
 * What the file is, as far as something names it: its bytes first, then what its own name claims.
 * @param pins addresses by hex SHA-256
 */
export async function identified(
  world: World,
  pins: ReadonlyMap<string, string>,
  path: string,
  digest: string,
): Promise<FoundArtifact | undefined> {
  const recorded = world.scopes.flatMap(({ records }) => records.named(digest) ?? [])[0];
  const [, name, version] = /^([a-z0-9][a-z0-9+.-]+)_([^_]+)_[a-z0-9-]+\.deb$/.exec(basename(path)) ?? [];
  const pinned = pins.get(digest);
  try {
    if (recorded !== undefined) return await artifactNamed(world, recorded.address, recorded.version);
    if (pinned !== undefined) return await artifactNamed(world, pinned);
    if (name !== undefined) return await artifactNamed(world, name, version?.replace(/%3a/i, ":"));
  } catch (cause) {
    if (!(cause instanceof OmgError) || !UNKNOWN.includes(cause.code)) throw cause;
  }
  return undefined;
}

/** A file of which nobody knows what it is. */
export function unknownFile(path: string, digest: string): { readonly artifact: Artifact } {
  const name = basename(path);
  const artifact: Artifact = {
    address: `file.${name}`,
    name,
    version: "",
    arch: "",
    sha256: digest,
    urls: [],
    filename: name,
    origin: "",
    chain: { type: "recorded", evidence: [] },
    role: "install",
  };
  return { artifact };
}

/** The bundles of a file by their hex SHA-256. @throws ProvenanceRefusal for a bundle that is named and cannot be read */
export function bundlesBeside(path: string, named: string | undefined): Map<string, Uint8Array> {
  const bundles = new Map<string, Uint8Array>();
  for (const place of named === undefined ? besides(path).map(({ address }) => address) : [named]) {
    try {
      const bytes = readBundle(place);
      bundles.set(sha256(bytes), bytes);
    } catch (cause) {
      if (named !== undefined) throw cause;
    }
  }
  return bundles;
}

/** Where a bundle of the file would lie. */
export function besides(path: string): readonly { readonly type: "absent"; readonly address: string }[] {
  return [".sigstore.json", ".sigstore"].map((ending) => ({ type: "absent", address: `${path}${ending}` }));
}
