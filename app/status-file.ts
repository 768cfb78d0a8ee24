import { dirname } from "node:path";
import { makeFolder, writeSoon } from "../host/files.ts";
import type { StatusSnapshot } from "../reconciler/world.ts";
import { encodeStatus } from "../schema/wire/status.ts";
import type { Context } from "./context.ts";
import { readPublished, statusPath } from "./published-status.ts";
import type { StatusResult } from "./results.ts";
import { scannedCount } from "./scanned.ts";
import { applyUnderWay } from "./under-way.ts";

/**
 * Best effort: a prompt without numbers is no reason for a run to fail. Who looks while another run changes the machine finds it half way, and
 * leaves it to that run to say so.
 */
export function writeStatus(ctx: Context, snapshot: StatusSnapshot): void {
  try {
    if (applyUnderWay(ctx)) return;
    const path = statusPath(ctx);
    makeFolder(dirname(path));
    writeSoon(
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
  const found = readPublished(path, ctx.uid);
  const nothing = { state: "unknown", generation: 0, timestamp: Math.floor(ctx.now().getTime() / 1000) } as const;
  const status = "fault" in found ? nothing : found.status;
  try {
    makeFolder(dirname(path));
    writeSoon(path, encodeStatus({ ...status, vulnerabilities: count }));
  } catch {
    // as above: a prompt without numbers is no reason to fail
  }
}

export function readStatus(ctx: Context): StatusResult {
  const path = statusPath(ctx);
  const found = readPublished(path, ctx.uid);
  if ("fault" in found) return { state: "unknown", generation: 0, fault: found.fault, path };
  const { timestamp, ...rest } = found.status;
  return { ...withoutUndefined(rest), time: new Date(timestamp * 1000).toISOString(), path };
}

type Defined<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Defined<T>;
}
