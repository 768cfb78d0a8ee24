import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../../host/files.ts";

/** Where root keeps what lives for a moment, when it has no folder for answers. */
const RUNTIME = "/run/omg";

/** The folder to make scratch folders in. Root never uses one that others can write to, whatever its environment says. */
export function scratchFolder(cache: string | undefined): string {
  return process.geteuid?.() === 0 ? (cache ?? RUNTIME) : tmpdir();
}

/** The folder that other sources are looked at in: what was fetched for one plan serves the next. */
export function overlayFolder(cache: string | undefined): string {
  return cache === undefined
    ? join(scratchFolder(cache), `omg-overlay-${process.geteuid?.() ?? 0}`)
    : join(cache, "apt-overlay");
}

/** Lends a new folder below `parent` that only this user can enter, and removes it afterwards. System errors pass. */
export async function withScratch<T>(parent: string, use: (folder: string) => Promise<T>): Promise<T> {
  makeFolder(parent);
  const folder = mkdtempSync(join(parent, "scratch-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
