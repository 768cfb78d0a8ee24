import type { Catalog, CatalogEntry } from "../schema/model/catalog.ts";
import { encodeIndex } from "./layout.ts";
import { recordOf, shownIn } from "./record.ts";
import { TextWriter } from "./text-writer.ts";

/** Order of the provider's versions, as `Versioning.compare`. */
export type Compare = (a: string, b: string) => number;

/** What the lists gave so far. There are tens of thousands of names, so texts and numbers stand for objects. */
interface Harvest {
  readonly records: TextWriter;
  readonly summaries: TextWriter;
  /** Row in the texts of what counts under a name, and how much it is wanted. */
  readonly rows: Map<string, number>;
  readonly priorities: number[];
}

/** Reads everything that could be installed, in one pass, and puts it into the form of the file. Errors: those of `read`. */
export async function buildIndex(catalog: Catalog, compare: Compare): Promise<Buffer> {
  const harvest: Harvest = { records: new TextWriter(), summaries: new TextWriter(), rows: new Map(), priorities: [] };
  await catalog.read((entry) => take(entry, harvest, compare));
  const { records, summaries, rows } = harvest;
  const sorted = [...rows.keys()].sort(byLowerCase);
  const rowOf = (at: number) => rows.get(sorted[at] ?? "") ?? -1;
  return encodeIndex(catalog.key, sorted.length, [
    (at) => Buffer.from(`${sorted[at]?.toLowerCase()}\n`),
    (at) => summaries.row(rowOf(at)),
    (at) => records.row(rowOf(at)),
  ]);
}

function byLowerCase(a: string, b: string): number {
  const [one, other] = [a.toLowerCase(), b.toLowerCase()];
  return one < other ? -1 : one > other ? 1 : 0;
}

function take(entry: CatalogEntry, harvest: Harvest, compare: Compare): void {
  const { records, summaries, rows, priorities } = harvest;
  const known = rows.get(entry.name);
  if (known !== undefined && !isBetter(entry, known, harvest, compare)) return;
  // A name that was cut out of a list holds on to all of it.
  rows.set(known === undefined ? Buffer.from(entry.name).toString() : entry.name, records.rows);
  priorities.push(entry.priority);
  records.add(recordOf(entry));
  summaries.add(`${entry.summary.toLowerCase().replace(/[\r\n]+/g, " ")}\n`);
}

/** Of one name the version counts that the package manager wants most, then the newest, then the one that came first. */
function isBetter(entry: CatalogEntry, row: number, { records, priorities }: Harvest, compare: Compare): boolean {
  const priority = priorities[row] ?? 0;
  if (entry.priority !== priority) return entry.priority > priority;
  return compare(entry.version, shownIn(records.row(row)).version) > 0;
}
