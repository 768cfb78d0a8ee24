import { join } from "node:path";
import { makeFolder, readIfPresent, writeAtomic } from "../../host/files.ts";

/**
 * A number for the next bundle of this machine, higher than any before: the time in milliseconds, or one more than last time where the clock
 * went back. Kept beside the host key, so that both are lost together or not at all.
 */
export function nextNumber(data: string, now: Date): number {
  const path = join(data, "team", "bundle-number");
  const last = Number(readIfPresent(path, 64)?.toString("latin1").trim() ?? 0);
  const next = Math.max(now.getTime(), Number.isSafeInteger(last) ? last + 1 : 0);
  makeFolder(join(data, "team"));
  writeAtomic(path, `${next}\n`, 0o600);
  return next;
}
