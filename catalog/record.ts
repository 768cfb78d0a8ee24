import type { CatalogEntry } from "../schema/model/catalog.ts";

/** A package as a search shows it. */
export type Shown = Omit<CatalogEntry, "priority">;

const TAB = 9;

/** The fields with tabs between them, the summary last. Pure. */
export function recordOf({ name, version, source, section, size, homepage, summary }: Shown): string {
  const fields = [name, version, source, section, size === undefined ? "" : String(size), homepage ?? "", summary];
  return fields.map(withoutBreaks).join("\t");
}

/** What `recordOf` wrote. Fields that are missing are empty: a record is only data. Pure. */
export function shownIn(record: Buffer): Shown {
  const [name = "", version = "", source = "", section = "", size = "", homepage = "", summary = ""] = record
    .toString("utf8")
    .split("\t");
  return {
    name,
    version,
    source,
    section,
    summary,
    ...(/^\d+$/.test(size) && { size: Number(size) }),
    ...(homepage !== "" && { homepage }),
  };
}

/** The name alone. Pure. */
export function nameIn(record: Buffer): string {
  const end = record.indexOf(TAB);
  return record.toString("utf8", 0, end < 0 ? record.length : end);
}

/** In one line, and without what parts fields. Pure. */
export function withoutBreaks(field: string): string {
  return /[\t\r\n]/.test(field) ? field.replace(/[\t\r\n]+/g, " ") : field;
}
