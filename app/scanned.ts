import { readdirSync } from "node:fs";
import { join } from "node:path";
import { stampOf } from "../host/file-stamp.ts";
import { keptAnswer } from "../host/kept-answer.ts";
import { pathsFor } from "../host/paths.ts";
import { advisoryFolders } from "./advisories.ts";
import type { Context } from "./context.ts";

/** What the last whole scan counted, and of what. */
interface Scanned {
  readonly count: number;
  readonly installed: string;
  readonly databases: string;
}

/**
 * What the last scan of the whole machine counted, for as long as it would count the same: nothing has come or gone, and the
 * databases are the ones it read. Undefined otherwise. `installed` is asked only where there was a scan.
 */
export function scannedCount(ctx: Context, installed: () => string): number | undefined {
  const { count, ...of } = (keptScan(ctx).read() ?? {}) as Partial<Scanned>;
  if (typeof count !== "number" || of.databases !== databasesNow(ctx)) return undefined;
  return of.installed === installed() ? count : undefined;
}

export function keepScan(ctx: Context, count: number, installed: string): void {
  keptScan(ctx).write({ count, installed, databases: databasesNow(ctx) } satisfies Scanned);
}

function keptScan(ctx: Context): ReturnType<typeof keptAnswer> {
  return keptAnswer(pathsFor(ctx.uid === 0 ? "system" : "user", ctx).cache, "vulnerabilities.json");
}

function databasesNow(ctx: Context): string {
  return advisoryFolders(ctx)
    .flatMap(({ path }) => filesOf(path).map((name) => stampOf(join(path, name))))
    .join("\n");
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
