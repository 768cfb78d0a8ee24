import { decompressedPieces } from "../../../host/compression.ts";
import { type ControlRecord, forEachRecord } from "../../../host/deb822-records.ts";
import { wholeStanzas } from "../../../host/deb822-stream.ts";
import type { AptConfig } from "../machine/config.ts";
import { packageKey } from "../package-key.ts";
import type { IndexTarget } from "./targets.ts";

/** One build in a list. */
export interface Listed {
  /** See package-key.ts. */
  readonly key: string;
  /** Only good during the visit: what is to stay has to be copied, or it holds on to a megabyte. */
  readonly record: ControlRecord;
  readonly target: IndexTarget;
}

/**
 * Visits every build of the lists in turn, those of architectures left out that the machine has not been told of. Holds a
 * megabyte of a list at a time, where `openLists` holds them all: for questions that one pass answers. `fields`: what is looked
 * at besides name and architecture, in lower case. Errors: those of `decompressedPieces`.
 */
export async function forEachListed(
  targets: readonly IndexTarget[],
  of: Pick<AptConfig, "architecture" | "foreignArchitectures">,
  fields: readonly string[],
  visit: (listed: Listed) => void,
): Promise<void> {
  const known = new Set([of.architecture, "all", ...of.foreignArchitectures]);
  const wanted = new Set(["package", "architecture", ...fields]);
  for (const target of targets) {
    for await (const part of wholeStanzas(decompressedPieces(target.file))) {
      forEachRecord(part, wanted, (record) => {
        const arch = record.get("architecture") ?? "";
        const name = record.get("package");
        if (name !== undefined && known.has(arch))
          visit({ key: packageKey(name, arch, of.architecture), record, target });
      });
    }
  }
}
