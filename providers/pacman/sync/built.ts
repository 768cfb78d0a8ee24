import { readAlpmInfo } from "../../../host/alpm-info.ts";
import { asWorker } from "../../../host/worker.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { PackageBuilder } from "../../../schema/model/builder.ts";
import type { Change } from "../../../schema/model/change.ts";
import type { FindKept } from "../../../schema/model/provider.ts";
import type { Problem } from "../../../schema/model/transaction.ts";
import { BUILT } from "../desired.ts";
import { descFromInfo } from "./pkginfo.ts";

export interface BuiltMeans {
  readonly builder: PackageBuilder;
  readonly kept?: FindKept;
}

/**
 * The package that a change means which is built here: one that was built from the same before, where its bytes are here or can be
 * had, else what would be built. Errors: those of the builder.
 */
export async function builtOrToBuild(change: Change, { builder, kept }: BuiltMeans): Promise<Artifact | Problem> {
  const found = await builder.find(change);
  for (const { sha256, chain } of found.built) {
    const path = await kept?.(sha256);
    if (path === undefined) continue;
    const artifact = await packageAt(path, change, sha256);
    if (artifact !== undefined) return { ...artifact, chain };
  }
  return found.toBuild();
}

/** Undefined for bytes that are another package than the one that is meant. */
async function packageAt(
  path: string,
  { name, after }: Change,
  sha256: string,
): Promise<Omit<Artifact, "chain"> | undefined> {
  const info = await readAlpmInfo(path, asWorker());
  const named = { filename: `${name}-${after?.version}.pkg.tar.zst` };
  const described = "text" in info ? descFromInfo(info.text, named) : undefined;
  if (described === undefined || described.name !== name || described.version !== after?.version) return undefined;
  const { version, arch, text } = described;
  return {
    address: `pacman.${name}`,
    name,
    version,
    arch,
    sha256,
    urls: [],
    filename: `${name}-${version}-${arch}.pkg.tar.zst`,
    origin: BUILT,
    role: "install",
    control: text,
  };
}
