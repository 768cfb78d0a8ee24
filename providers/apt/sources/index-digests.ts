import { decompressFile } from "../../../host/compression.ts";
import { sha256, sha256File } from "../../../host/digest.ts";
import type { LockProposal } from "../../../schema/model/provider.ts";
import type { IndexTarget } from "./targets.ts";

/**
 * Hex SHA-256 of each signed index: of the release file's bytes, and of the unpacked list. Keyed
 * `<source>/<codename>/<component>`, with `/<architecture>` behind it for any but the machine's own. Indexes without a release
 * file are left out: there is nothing that could be proved with them later.
 */
export async function indexDigests(targets: readonly IndexTarget[], native: string): Promise<LockProposal["indexes"]> {
  const digests: Record<string, { release: string; packages: string }> = {};
  for (const target of targets) {
    if (target.release === undefined) continue;
    const release = await sha256File(target.release.path);
    digests[keyOf(target, native)] = { release: release.sha256, packages: sha256(await decompressFile(target.file)) };
  }
  return digests;
}

function keyOf({ sourceName, codename, suite, component, arch }: IndexTarget, native: string): string {
  const parts = [sourceName, codename || suite, component, ...(arch === native ? [] : [arch])];
  return parts.filter((part) => part !== "").join("/");
}
