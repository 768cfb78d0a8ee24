import { existsSync } from "node:fs";
import type { Artifact, PacmanChain } from "../../../schema/model/artifact.ts";
import type { Records } from "../../../schema/model/provider.ts";
import { parseDesc } from "../desc.ts";
import { advisoryOf } from "../identity.ts";
import type { PacmanConfig } from "../machine/config.ts";
import { databaseFile, type OfferedPackage } from "./database.ts";
import type { Source } from "./databases.ts";

/** What a repository offers, as something to fetch and verify; undefined where its database has no SHA-256. Pure but for a look at the signature file. */
export function artifactOf(offered: OfferedPackage, source: Source, config: PacmanConfig): Artifact | undefined {
  const { name, version, arch, sha256, filename, download, repository, text } = offered;
  if (sha256 === undefined) return undefined;
  const database = databaseFile(source.folder, source.name);
  const { sigLevel } = source;
  const advisory = advisoryOf(offered, repository);
  return {
    address: `pacman.${name}`,
    name,
    version,
    arch,
    sha256,
    ...(download === undefined ? {} : { size: download }),
    urls: source.servers.map((server) => `${server}/${encodeURIComponent(filename)}`),
    filename,
    origin: repository,
    chain: {
      type: "pacman",
      ...signatureIn(text),
      demand: { need: sigLevel.package, trustAll: sigLevel.packageTrustAll },
      database: {
        path: database,
        ...(existsSync(`${database}.sig`) ? { signature: `${database}.sig` } : {}),
        demand: { need: sigLevel.database, trustAll: sigLevel.databaseTrustAll },
        ...(source.superseded && { superseded: true }),
      },
      keyring: config.keyring,
    },
    role: "install",
    control: text,
    ...(advisory && { advisory }),
  };
}

/** A package that no repository lists any more, but that omg verified once and still holds. */
export function recordedArtifact(records: Records, name: string, version: string): Artifact | undefined {
  const address = `pacman.${name}` as const;
  const record = records.artifact(address, version);
  if (record?.control === undefined || !records.stored(record.sha256)) return undefined;
  const { sha256, filename, origin, arch, size, control, advisory, evidence } = record;
  return {
    address,
    name,
    version,
    arch,
    sha256,
    ...(size === undefined ? {} : { size }),
    urls: [],
    filename,
    origin,
    chain: { type: "recorded", evidence },
    role: "install",
    control,
    ...(advisory && { advisory }),
  };
}

/** The signature that a description carries, in base64. Pure. */
export function signatureIn(text: string): Pick<PacmanChain, "signature"> {
  const signature = parseDesc(text).get("PGPSIG")?.[0];
  return signature === undefined ? {} : { signature };
}
