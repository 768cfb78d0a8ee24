import { pathToFileURL } from "node:url";
import { readAlpmInfo } from "../../../host/alpm-info.ts";
import { sha256File } from "../../../host/digest.ts";
import { readIfPresent } from "../../../host/files.ts";
import { listFolder } from "../../../host/folder.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { PacmanConfig } from "../machine/config.ts";
import { descFromInfo } from "./pkginfo.ts";

const MAX_SIGNATURE = 1 << 16;

/**
 * A package that pacman kept in one of its caches, with the signature beside it where there is one; undefined where there is
 * none, or it cannot be read. The whole file is hashed.
 */
export async function cachedArtifact(
  config: PacmanConfig,
  name: string,
  version: string,
): Promise<Artifact | undefined> {
  const path = cachedFile(config, name, version);
  if (path === undefined) return undefined;
  const info = await readAlpmInfo(path);
  const filename = path.slice(path.lastIndexOf("/") + 1);
  const signature = readIfPresent(`${path}.sig`, MAX_SIGNATURE)?.toString("base64");
  const found =
    "text" in info
      ? descFromInfo(info.text, { filename, ...(signature === undefined ? {} : { signature }) })
      : undefined;
  if (found?.name !== name || found.version !== version) return undefined;
  const { sha256, size } = await sha256File(path);
  const { package: need, packageTrustAll: trustAll } = config.sigLevel;
  return {
    address: `pacman.${name}`,
    name,
    version,
    arch: found.arch,
    sha256,
    size,
    urls: [pathToFileURL(path).href],
    filename,
    origin: "cache",
    chain: {
      type: "pacman",
      ...(signature === undefined ? {} : { signature }),
      demand: { need, trustAll },
      keyring: config.keyring,
    },
    role: "install",
    control: found.text,
  };
}

/** The file of a version in the first cache that has it. */
function cachedFile({ caches, architectures }: PacmanConfig, name: string, version: string): string | undefined {
  const starts = ["any", ...architectures].map((arch) => `${name}-${version}-${arch}.pkg.tar`);
  for (const folder of caches) {
    const found = listFolder(folder).find(
      (file) => !file.endsWith(".sig") && !file.endsWith(".part") && starts.some((start) => file.startsWith(start)),
    );
    if (found !== undefined) return folder + found;
  }
  return undefined;
}
