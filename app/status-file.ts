import { join } from "node:path";
import { makeFolder, readIfPresent, writeAtomic } from "../host/files.ts";
import { pathsFor } from "../host/paths.ts";
import type { StatusSnapshot } from "../reconciler/world.ts";
import { decodeStatus, encodeStatus } from "../schema/wire/status.ts";
import type { Context } from "./context.ts";
import type { StatusResult } from "./results.ts";
import { scannedCount } from "./scanned.ts";

/** Where this user's runs publish: the runtime folder, or the state folder where a session has none. */
function statusPath(ctx: Context): string {
  const paths = pathsFor(ctx.uid === 0 ? "system" : "user", ctx);
  return join(paths.runtime ?? paths.state, "omg.status");
}

/** Best effort: a prompt without numbers is no reason for a run to fail. */
export function writeStatus(ctx: Context, snapshot: StatusSnapshot): void {
  try {
    const path = statusPath(ctx);
    makeFolder(join(path, ".."));
    writeAtomic(
      path,
      encodeStatus({
        ...snapshot.counts,
        state: snapshot.state,
        drift: snapshot.drift,
        vulnerabilities: snapshot.installed === undefined ? undefined : scannedCount(ctx, snapshot.installed),
        generation: snapshot.generation,
        timestamp: Math.floor(ctx.now().getTime() / 1000),
      }),
    );
  } catch {
    ctx.emit({
      type: "warning",
      message: `The status file ${statusPath(ctx)} could not be written.`,
      hint: "Prompts show older numbers until it can.",
    });
  }
}

/** Puts one number into what was published; the others stay as old as they are. Best effort. */
export function publishVulnerabilities(ctx: Context, count: number | undefined): void {
  const path = statusPath(ctx);
  const bytes = readIfPresent(path, 4096);
  const known = bytes === undefined ? undefined : decodeStatus(bytes);
  const status = known ?? { state: "unknown", generation: 0, timestamp: Math.floor(ctx.now().getTime() / 1000) };
  try {
    makeFolder(join(path, ".."));
    writeAtomic(path, encodeStatus({ ...status, vulnerabilities: count }));
  } catch {
    // as above: a prompt without numbers is no reason to fail
  }
}

export function readStatus(ctx: Context): StatusResult {
  const path = statusPath(ctx);
  const bytes = readIfPresent(path, 4096);
  const status = bytes === undefined ? undefined : decodeStatus(bytes);
  if (status === undefined) return { state: "unknown", generation: 0, path };
  const { timestamp, ...rest } = status;
  return { ...withoutUndefined(rest), time: new Date(timestamp * 1000).toISOString(), path };
}

type Defined<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Defined<T>;
}
