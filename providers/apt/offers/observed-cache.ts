import { release } from "node:os";
import { digestOf } from "../../../host/canonical-json.ts";
import { filesIn, stampOf } from "../../../host/file-stamp.ts";
import { keptAnswer } from "../../../host/kept-answer.ts";
import type { Observed, ObservedResource } from "../../../schema/model/resource.ts";
import type { AptConfig } from "../machine/config.ts";
import { sourceFiles } from "../sources/sources.ts";

/** What a look at the machine came to. */
export interface Look {
  readonly observed: Observed;
  /** Whether the lists could be asked: what could not be looked up is not kept as "not there". */
  readonly whole: boolean;
}

/** What was observed, with a digest of every file behind it, by size, times and inode. */
interface KeptLook extends Omit<Observed, "resources"> {
  readonly key: string;
  readonly resources: readonly ObservedResource[];
}

/**
 * Looks at the machine again only when one of the files behind the last answer has changed: dpkg's database and apt's lists take
 * longer to read than all the rest of a check. Without a folder, or where the folder is another user's, every look is a fresh
 * one.
 */
export async function observedThrough(
  folder: string | undefined,
  config: AptConfig,
  look: () => Promise<Look>,
): Promise<Observed> {
  if (folder === undefined) return (await look()).observed;
  const store = keptAnswer(folder, "apt-observed.json");
  const key = filesKeyOf(config);
  const kept = store.read();
  if (isLook(kept) && kept.key === key) return withMap(kept);
  const { observed, whole } = await look();
  // An answer belongs to the files as they are only when they were so from its beginning to its end.
  if (whole && filesKeyOf(config) === key)
    store.write({ ...observed, key, resources: [...observed.resources.values()] });
  return observed;
}

/** Of dpkg's database with apt's marks, the running kernel, the lists, and all that decides between versions. */
function filesKeyOf(config: AptConfig): string {
  const { paths } = config;
  const offers = [
    ...filesIn(paths.lists),
    ...sourceFiles(config),
    paths.preferences,
    ...filesIn(paths.preferencesParts),
  ];
  return digestOf({ installed: installedKeyOf(config), offers: offers.map(stampOf) });
}

/** Of what `filesKeyOf` is of, without what sources and preferences decide alone. */
export function installedKeyOf({ paths, dump }: AptConfig): string {
  const files = [paths.status, paths.extendedStates, ...filesIn(paths.updates)];
  return digestOf({ dump, kernel: release(), files: files.map(stampOf) });
}

function withMap({ key: _, resources, ...observed }: KeptLook): Observed {
  return { ...observed, resources: new Map(resources.map((resource) => [resource.name, resource])) };
}

function isLook(value: unknown): value is KeptLook {
  const { key, provider, resources, interrupted, counts } = (value ?? {}) as Partial<Record<keyof KeptLook, unknown>>;
  const lists = Array.isArray(resources) && Array.isArray(interrupted);
  return typeof key === "string" && provider === "apt" && lists && typeof counts === "object" && counts !== null;
}
