import { sha256 } from "../../../host/digest.ts";
import { stampOf } from "../../../host/file-stamp.ts";
import { keptAnswer } from "../../../host/kept-answer.ts";
import type { Observed, ObservedResource } from "../../../schema/model/resource.ts";
import { databaseFile } from "../sync/database.ts";
import type { Source } from "../sync/databases.ts";
import type { PacmanConfig } from "./config.ts";
import { localKeyOf } from "./local-key.ts";

/** What was observed, with a digest of every file behind it, by size, times and inode. */
interface KeptLook extends Omit<Observed, "resources"> {
  readonly key: string;
  readonly resources: readonly ObservedResource[];
}

/** What a look at the machine came to, and whether the databases could be read: what could not be looked up is not kept. */
export interface Look {
  readonly observed: Observed;
  readonly whole: boolean;
}

/**
 * Looks at the machine again only when one of the files behind the last answer has changed. Without a folder, or where the
 * folder is another user's, every look is a fresh one.
 */
export async function observedThrough(
  folder: string | undefined,
  config: PacmanConfig,
  sources: readonly Source[],
  look: () => Promise<Look>,
): Promise<Observed> {
  if (folder === undefined) return (await look()).observed;
  const store = keptAnswer(folder, "pacman-observed.json");
  const key = keyOf(config, sources);
  const kept = store.read();
  if (isLook(kept) && kept.key === key) return withMap(kept);
  const { observed, whole } = await look();
  // An answer belongs to the files as they are only when they were so from its beginning to its end, and nothing was under way.
  if (whole && observed.interrupted.length === 0 && keyOf(config, sources) === key)
    store.write({ ...observed, key, resources: [...observed.resources.values()] });
  return observed;
}

function keyOf(config: PacmanConfig, sources: readonly Source[]): string {
  const databases = sources.map(({ folder, name }) => stampOf(databaseFile(folder, name)));
  return sha256([localKeyOf(config), ...databases].join("\n"));
}

function withMap({ key: _, resources, ...observed }: KeptLook): Observed {
  return { ...observed, resources: new Map(resources.map((resource) => [resource.name, resource])) };
}

function isLook(value: unknown): value is KeptLook {
  const { key, provider, resources, interrupted, counts } = (value ?? {}) as Partial<Record<keyof KeptLook, unknown>>;
  const lists = Array.isArray(resources) && Array.isArray(interrupted);
  return typeof key === "string" && provider === "pacman" && lists && typeof counts === "object" && counts !== null;
}
