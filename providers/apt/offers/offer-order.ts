import { run } from "../../../host/run.ts";
import { OmgError } from "../../../schema/error.ts";
import type { AptConfig } from "../machine/config.ts";
import { qualified } from "../names.ts";
import { type IndexedPackage, isPhasing } from "../sources/indexed-package.ts";
import type { AptLists } from "../sources/lists.ts";
import { candidatesOf, PHASING_PRIORITY } from "./candidates.ts";
import { type PinRecord, readPreferences } from "./preferences.ts";

/** One version that the sources offer, and how much apt wants it (apt_preferences(5)); below 1 never by itself. */
export interface RatedVersion {
  readonly version: string;
  readonly priority: number;
  /** The record of the preferences that gave it its priority; absent where none did, or where apt was asked. */
  readonly record?: Pick<PinRecord, "words">;
  readonly builds: readonly IndexedPackage[];
}

/** Versions of a package in the order in which apt would take them: by priority, then the newest first. */
export type OfferOrder = (key: string) => readonly RatedVersion[];

/**
 * apt's order. Where the preferences hold something that cannot be followed exactly, apt itself is asked about `keys`; the
 * versions of other packages then come without preference. Errors: OmgError `apt-policy-failed`; system errors pass.
 */
export async function readOfferOrder(
  config: AptConfig,
  lists: Pick<AptLists, "versionsOf">,
  keys: readonly string[],
): Promise<OfferOrder> {
  const candidates = candidatesOf({ lists, architecture: config.architecture }, readPreferences(config));
  if (candidates !== undefined) return (key) => byPriority(candidates.versions(key, undefined));
  const priorities = await askPolicy(config, keys);
  return (key) => {
    const versions = [...new Set(lists.versionsOf(key).map(({ version }) => version))];
    return byPriority(
      versions.map((version) => {
        const builds = lists.versionsOf(key).filter((build) => build.version === version);
        const rated = priorities.get(key)?.get(version) ?? 0;
        return { version, priority: isPhasing(builds) ? Math.min(rated, PHASING_PRIORITY) : rated, builds };
      }),
    );
  };
}

function byPriority(versions: readonly RatedVersion[]): readonly RatedVersion[] {
  return [...versions].sort((a, b) => b.priority - a.priority);
}

async function askPolicy(config: AptConfig, keys: readonly string[]): Promise<ReturnType<typeof parsePolicy>> {
  if (keys.length === 0) return new Map();
  const { code, stdout, stderr } = await run("/usr/bin/apt-cache", ["policy", ...keys.map(qualified)], {
    env: config.env,
  });
  if (code === 0) return parsePolicy(stdout);
  throw new OmgError({
    code: "apt-policy-failed",
    exit: "error",
    message: `apt does not say which versions it prefers: ${stderr.trim() || `apt-cache ended with ${code}`}`,
    state: "Nothing was changed.",
    hint: "Run `apt-cache policy`, and repair what it complains about.",
  });
}

/**
 * Priorities by package and version. A package begins at the margin, `name:` or `name:arch:`; a line of its version table
 * begins with ` *** ` or five blanks, and has the priority behind the version (apt-cache(8), policy).
 */
export function parsePolicy(output: string): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const tables = new Map<string, Map<string, number>>();
  let table = new Map<string, number>();
  for (const line of output.split("\n")) {
    const name = /^(\S+):$/.exec(line)?.[1];
    if (name !== undefined) {
      table = new Map();
      tables.set(name, table);
    }
    const row = /^ (?:\*\*\*| {3}) (\S+) (-?\d+)\b/.exec(line);
    if (row?.[1] !== undefined) table.set(row[1], Number(row[2]));
  }
  return tables;
}
