import type { KeptObject } from "../../../schema/model/provider.ts";
import type { AptConfig } from "../machine/config.ts";
import { evidenceFor, type Indexes, indexDigests } from "../sources/index-digests.ts";
import { openLists } from "../sources/lists.ts";

/** Those of a lock's indexes that are the machine's own of today, to the byte. Errors: those of `openLists`. */
export async function presentOf(config: AptConfig, indexes: Indexes): Promise<readonly KeptObject[]> {
  const lists = await openLists(config);
  const today = await indexDigests(lists, config.architecture);
  const same = Object.entries(indexes).filter(([name, digests]) => {
    const { release, signature, packages } = today[name] ?? {};
    return release === digests.release && signature === digests.signature && packages === digests.packages;
  });
  const files = new Set(lists.targets.map(({ file }) => file));
  return evidenceFor(lists.targets, files, Object.fromEntries(same), config.architecture);
}
