import { statSync } from "node:fs";
import { sha256 } from "../../host/digest.ts";
import { stampOf } from "../../host/file-stamp.ts";
import { readIfPresent } from "../../host/files.ts";
import type { CatalogPart } from "../../schema/model/catalog.ts";

/** The most that is kept of it. */
export const MAX_NAMES_BYTES = 256 << 20;
const LASTS_MS = 24 * 60 * 60_000;

/** Whether the names were fetched, so long ago that it is time again. */
export function isNamesOld(file: string, now: number): boolean {
  const age = now - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return age < 0 || age > LASTS_MS;
}

/** Less than any repository. */
const PRIORITY = -1;

/** The names that were fetched, for the index of the search; undefined where none were. They are as the lock and `omg install` have them: `aur.NAME`. */
export function namesPart(file: string): CatalogPart | undefined {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  return {
    key: sha256(stampOf(file)),
    read: async (onEntry) => {
      for (const line of (readIfPresent(file, MAX_NAMES_BYTES) ?? "").toString().split("\n")) {
        const [name, version, summary] = line.split("\t");
        if (name === undefined || version === undefined || summary === undefined) continue;
        onEntry({
          name: `aur.${name}`,
          version,
          summary,
          section: "",
          source: "aur",
          priority: PRIORITY,
          unless: name,
        });
      }
    },
  };
}
