import { parseStanza } from "../../host/deb822.ts";
import { Refusal } from "./finding.ts";
import { CLOCK_TOLERANCE_MS } from "./signature-checks.ts";

/** What a Release file says about one file of its suite. */
export interface ListedFile {
  /** Hex SHA-256. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** A Release file as the Debian repository format defines it (wiki.debian.org/DebianRepository/Format). */
export interface Release {
  readonly date: Date;
  readonly validUntil?: Date;
  /** The SHA256 section, by name. MD5Sum and SHA1 are not looked at. */
  readonly files: ReadonlyMap<string, ListedFile>;
}

const ENTRY = /^([0-9a-f]{64})\s+(\d{1,15})\s+(\S+)$/;

/**
 * Parses the text that the signature covers; nothing else may be given to it.
 * @throws Refusal `unreadable` without a Date, with a date that is none, or with a line of SHA256 that is no entry.
 */
export function parseRelease(text: string): Release {
  const fields = parseStanza(text);
  const date = parseDate(fields.get("date"), "Date");
  if (date === undefined) throw new Refusal("unreadable", "The Release file has no Date: nothing says how old it is.");
  const validUntil = parseDate(fields.get("valid-until"), "Valid-Until");
  const files = new Map<string, ListedFile>();
  for (const line of (fields.get("sha256") ?? "").split("\n")) {
    if (line.trim() === "") continue;
    const [, sha256, size, name] = ENTRY.exec(line.trim()) ?? [];
    if (sha256 === undefined || name === undefined) {
      throw new Refusal(
        "unreadable",
        `The Release file has a line in SHA256 that is no entry: ${line.trim().slice(0, 120)}`,
      );
    }
    files.set(name, { sha256, size: Number(size) });
  }
  return { date, files, ...(validUntil === undefined ? {} : { validUntil }) };
}

/** @throws Refusal `release-expired` or `release-from-future`. Both dates are the archive's word; `now` is ours. */
export function checkDates(release: Release, now: Date): void {
  if (release.date.getTime() > now.getTime() + CLOCK_TOLERANCE_MS) {
    throw new Refusal(
      "release-from-future",
      `The Release file is dated ${release.date.toISOString()}, which is still to come.`,
    );
  }
  if (release.validUntil !== undefined && release.validUntil < now) {
    throw new Refusal("release-expired", `The Release file was valid until ${release.validUntil.toISOString()}.`);
  }
}

function parseDate(value: string | undefined, field: string): Date | undefined {
  if (value === undefined) return undefined;
  // `Sat, 11 Jul 2026 10:16:37 UTC`; a date without a zone would be read in the zone of the machine.
  const date = /(?:UTC|GMT|[+-]\d{4})$/.test(value.trim()) ? new Date(value) : new Date(Number.NaN);
  if (Number.isNaN(date.getTime()))
    throw new Refusal("unreadable", `The Release file has a ${field} that is no date: ${value.slice(0, 60)}`);
  return date;
}
