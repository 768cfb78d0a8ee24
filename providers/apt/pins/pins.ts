import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Pin } from "../../../schema/model/desired.ts";
import type { LockProposal, PinProposal } from "../../../schema/model/provider.ts";
import type { ObservedResource } from "../../../schema/model/resource.ts";
import type { BuildFinder } from "../offers/market.ts";

/** What is proposed for a lock, but for the digests of the indexes. */
export type Proposed = Omit<LockProposal, "indexes">;

/** The pin of what is installed (of the source `from`, where one is demanded); its hash as the indexes or our own records have it, where they do. */
export function installedPin({ name, attributes }: ObservedResource, build: BuildFinder, from?: string): Pin {
  const version = String(attributes.version);
  const arch = typeof attributes.arch === "string" ? attributes.arch : undefined;
  return pinTo(version, build(name, version, arch, from));
}

/** The pin of a version, with the hash and the source of its build where that is known. */
export function pinTo(version: string, artifact: Artifact | undefined): Pin {
  return artifact === undefined ? { version } : { version, sha256: artifact.sha256, from: artifact.origin };
}

/** A note where hashes are missing. */
export function unknownHashes(pins: readonly PinProposal[]): readonly string[] {
  const count = pins.filter(({ pin }) => pin.sha256 === undefined).length;
  if (count === 0) return [];
  return [
    `the hash of ${count} of ${pins.length} packages is not known: no source lists the installed version any more, and dpkg keeps none`,
  ];
}
