import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Finding } from "../../../schema/model/finding.ts";
import type { AptConfig } from "../machine/config.ts";
import type { IndexTarget } from "../sources/targets.ts";

const DAY_MS = 24 * 3600 * 1000;
/** Debian's security archive calls its own index too old after a week (Valid-Until). */
const OLD_DAYS = 7;

/** Whether the lists are there, and how long ago they were fetched. */
export function listsFinding(
  { paths }: AptConfig,
  targets: readonly IndexTarget[],
  unfetched: readonly string[],
  now: Date,
): Finding {
  const fix = { next: "sudo apt-get update", remedy: "refresh" } as const;
  if (targets.length === 0)
    return { check: "apt-lists", level: "bad", found: "The package lists were never fetched.", ...fix };
  if (unfetched.length > 0) {
    const found = `The lists of ${unfetched.slice(0, 3).join(", ")} were never fetched.`;
    return { check: "apt-lists", level: "bad", found, ...fix };
  }
  const fetched = lastUpdate(paths.lists);
  const days = fetched === undefined ? undefined : Math.floor((now.getTime() - fetched) / DAY_MS);
  if (days === undefined || days < OLD_DAYS)
    return { check: "apt-lists", level: "ok", found: `${targets.length} package lists are there and recent.` };
  return { check: "apt-lists", level: "warn", found: `The package lists were fetched ${days} days ago.`, ...fix };
}

/**
 * When an update last ran, in milliseconds. The lists themselves have the servers' times; apt works in `partial` each time, and
 * Debian's hook touches a stamp.
 */
function lastUpdate(lists: string): number | undefined {
  const traces = [
    lists,
    join(lists, "partial"),
    join(dirname(lists.replace(/\/$/, "")), "periodic/update-success-stamp"),
  ];
  const times = traces.flatMap((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

/** The newest Date of the release files that apt took, RFC 3339. */
export function newestRelease(targets: readonly IndexTarget[]): string | undefined {
  const paths = new Set(targets.flatMap(({ release }) => release?.path ?? []));
  const dates = [...paths].flatMap((path) => {
    const time = Date.parse(/^Date: (.+)$/m.exec(readFileSync(path, "utf8"))?.[1] ?? "");
    return Number.isNaN(time) ? [] : [time];
  });
  return dates.length === 0 ? undefined : new Date(Math.max(...dates)).toISOString();
}
