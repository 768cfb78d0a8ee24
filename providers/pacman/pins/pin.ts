import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Pin } from "../../../schema/model/desired.ts";
import type { PinProposal } from "../../../schema/model/provider.ts";

/** The pin of a version, with the hash and the repository of its build where those are known. What pacman kept came from somewhere that it did not write down. */
export function pinTo(version: string, artifact: Artifact | undefined): Pin {
  if (artifact === undefined) return { version };
  const { sha256, origin } = artifact;
  return { version, sha256, ...(origin === "cache" ? {} : { from: origin }) };
}

/** A note where hashes are missing. Pure. */
export function unknownHashes(pins: readonly PinProposal[]): readonly string[] {
  const count = pins.filter(({ pin }) => pin.sha256 === undefined).length;
  if (count === 0) return [];
  return [
    `the hash of ${count} of ${pins.length} packages is not known: no repository lists the installed version, and pacman keeps none`,
  ];
}
