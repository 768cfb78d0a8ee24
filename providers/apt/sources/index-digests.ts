import { constants } from "node:fs";
import { copyFile, open } from "node:fs/promises";
import { decompressedPieces, isCompressed } from "../../../host/compression.ts";
import { sha256File } from "../../../host/digest.ts";
import type { IndexDigests } from "../../../schema/model/desired.ts";
import type { KeptObject } from "../../../schema/model/provider.ts";
import type { AptLists } from "./lists.ts";
import type { IndexTarget } from "./targets.ts";

export type Indexes = Readonly<Record<string, IndexDigests>>;

/**
 * Digests of each signed index: of the release file's bytes, and of the unpacked list. Keyed `<source>/<codename>/<component>`,
 * with `/<architecture>` behind it for any but the machine's own; of two mirrors the one that apt prefers counts. Indexes without
 * a release file are left out: there is nothing that could be proved with them later.
 */
export async function indexDigests(lists: Pick<AptLists, "targets" | "digestOf">, native: string): Promise<Indexes> {
  const digests: Record<string, IndexDigests> = {};
  for (const target of lists.targets) {
    const key = indexKeyOf(target, native);
    if (target.release === undefined || digests[key] !== undefined) continue;
    const { path, signature } = target.release;
    digests[key] = {
      release: (await sha256File(path)).sha256,
      ...(signature === undefined ? {} : { signature: (await sha256File(signature)).sha256 }),
      packages: lists.digestOf(target),
    };
  }
  return digests;
}

/** The files of indexes that pins were found in, as objects to keep. `files`: those of the lists that pins were found in. */
export function evidenceFor(
  targets: readonly IndexTarget[],
  files: ReadonlySet<string>,
  indexes: Indexes,
  native: string,
): readonly KeptObject[] {
  const objects = new Map<string, KeptObject["fill"]>();
  for (const { release, file, ...target } of targets) {
    const digests = indexes[indexKeyOf(target, native)];
    if (release === undefined || digests === undefined || !files.has(file)) continue;
    objects.set(digests.release, copying(release.path));
    if (release.signature !== undefined && digests.signature !== undefined)
      objects.set(digests.signature, copying(release.signature));
    objects.set(digests.packages, unpacking(file));
  }
  return [...objects].map(([digest, fill]) => ({ sha256: digest, fill }));
}

export function indexKeyOf(
  target: Pick<IndexTarget, "sourceName" | "codename" | "suite" | "component" | "arch">,
  native: string,
): string {
  const { sourceName, codename, suite, component, arch } = target;
  const parts = [sourceName, codename || suite, component, ...(arch === native ? [] : [arch])];
  return parts.filter((part) => part !== "").join("/");
}

function copying(file: string): KeptObject["fill"] {
  return (path) => copyFile(file, path, constants.COPYFILE_FICLONE);
}

function unpacking(file: string): KeptObject["fill"] {
  if (!isCompressed(file)) return copying(file);
  return async (path) => {
    const target = await open(path, "w", 0o600);
    try {
      for await (const piece of decompressedPieces(file)) await target.writeFile(piece);
    } finally {
      await target.close();
    }
  };
}
