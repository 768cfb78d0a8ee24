import type { Catalog, CatalogEntry, CatalogPart } from "../schema/model/catalog.ts";
import { encodeIndex, type Layout, type RowText, rowText } from "./layout.ts";
import { recordOf, shownIn } from "./record.ts";
import { TextWriter } from "./text-writer.ts";

/** Order of the provider's versions, as `Versioning.compare`. */
export type Compare = (a: string, b: string) => number;

/**
 * Finds a part that was built before, or has it built. A part has the form of the index; its names are spelled as they are, and before each
 * record stand the priority and what the entry is left out for, each with a tab behind it.
 */
export type PartOf = (part: CatalogPart, build: () => Promise<Buffer>) => Promise<Layout>;

/** Puts everything that could be installed into the form of the file. Errors: those of `read`. */
export async function buildIndex(catalog: Catalog, compare: Compare, partOf: PartOf): Promise<Buffer> {
  const parts: Layout[] = [];
  for (const part of catalog.parts) parts.push(await partOf(part, () => buildPart(part, compare)));
  return merged(catalog.key, parts, compare);
}

/** What one part gave so far. There are tens of thousands of names, so texts and numbers stand for objects. */
interface Harvest {
  readonly records: TextWriter;
  readonly summaries: TextWriter;
  /** Row in the texts of what counts under a name, and how much it is wanted. */
  readonly rows: Map<string, number>;
  readonly priorities: number[];
}

async function buildPart(part: CatalogPart, compare: Compare): Promise<Buffer> {
  const harvest: Harvest = { records: new TextWriter(), summaries: new TextWriter(), rows: new Map(), priorities: [] };
  await part.read((entry) => take(entry, harvest, compare));
  const { records, summaries, rows } = harvest;
  const sorted = inOrder(rows.keys());
  const order = Uint32Array.from(sorted, (name) => rows.get(name) ?? 0);
  return encodeIndex("part", part.key, sorted.length, [lines(sorted), summaries.text(order), records.text(order)]);
}

function take(entry: CatalogEntry, { records, summaries, rows, priorities }: Harvest, compare: Compare): void {
  const known = rows.get(entry.name);
  if (known !== undefined) {
    const before = { priority: priorities[known] ?? 0, version: () => versionIn(records.row(known)) };
    if (!isBetter({ priority: entry.priority, version: () => entry.version }, before, compare)) return;
  }
  // A name that was cut out of a list holds on to all of it.
  rows.set(known === undefined ? Buffer.from(entry.name).toString() : entry.name, records.rows);
  priorities.push(entry.priority);
  records.add(`${entry.priority}\t${entry.unless ?? ""}\t${recordOf(entry)}`);
  summaries.add(`${entry.summary.toLowerCase().replace(/[\r\n]+/g, " ")}\n`);
}

interface Weighed {
  readonly priority: number;
  readonly version: () => string;
}

/** Of one name the version counts that the package manager wants most, then the newest, then the one that came first. */
function isBetter(one: Weighed, before: Weighed, compare: Compare): boolean {
  if (one.priority !== before.priority) return one.priority > before.priority;
  return compare(one.version(), before.version()) > 0;
}

/** More rows than a part has, less than would not fit a number with the part's. */
const ROWS = 2 ** 32;

function merged(key: string, parts: readonly Layout[], compare: Compare): Buffer {
  const winners = new Map<string, number>();
  const doubtful: (readonly [name: string, unless: string])[] = [];
  const partOf = (place: number) => parts[Math.floor(place / ROWS)] as Layout;
  const weighed = (place: number): Weighed => {
    const record = partOf(place).record(place % ROWS);
    return { priority: Number(record.toString("latin1", 0, record.indexOf("\t"))), version: () => versionIn(record) };
  };
  for (const [number, { rows, names, record }] of parts.entries()) {
    for (let row = 0; row < rows; row += 1) {
      const name = names.text.toString("utf8", names.starts[row], (names.starts[row + 1] ?? 1) - 1);
      const place = number * ROWS + row;
      const before = winners.get(name);
      if (before === undefined || isBetter(weighed(place), weighed(before), compare)) winners.set(name, place);
      const unless = unlessIn(record(row));
      if (unless !== "") doubtful.push([name, unless]);
    }
  }
  for (const [name, unless] of doubtful) if (winners.has(unless)) winners.delete(name);
  const sorted = inOrder(winners.keys());
  const places = sorted.map((name) => winners.get(name) ?? 0);
  return encodeIndex("search", key, sorted.length, [
    lines(sorted.map((name) => name.toLowerCase())),
    rowText((row) => {
      const [place = 0] = [places[row]];
      const { text, starts } = partOf(place).summaries;
      return [text, starts[place % ROWS] ?? 0, starts[(place % ROWS) + 1] ?? 0];
    }),
    rowText((row) => {
      const [place = 0] = [places[row]];
      const record = partOf(place).record(place % ROWS);
      return [record, shownAt(record), record.length];
    }),
  ]);
}

const TAB = 9;

function unlessIn(record: Buffer): string {
  const first = record.indexOf(TAB);
  return record[first + 1] === TAB ? "" : record.toString("utf8", first + 1, record.indexOf(TAB, first + 1));
}

/** Where that begins which is shown. */
function shownAt(record: Buffer): number {
  return record.indexOf(TAB, record.indexOf(TAB) + 1) + 1;
}

function versionIn(record: Buffer): string {
  return shownIn(record.subarray(shownAt(record))).version;
}

/** By lower case. Nearly all names are lower case anyway. */
function inOrder(names: Iterable<string>): readonly string[] {
  const all = [...names];
  return all.every((name) => name === name.toLowerCase()) ? all.sort() : all.sort(byLowerCase);
}

function byLowerCase(a: string, b: string): number {
  const [one, other] = [a.toLowerCase(), b.toLowerCase()];
  return one < other ? -1 : one > other ? 1 : 0;
}

function lines(names: readonly string[]): RowText {
  const pieces = names.map((name) => `${name}\n`);
  return {
    bytes: (row) => Buffer.byteLength(pieces[row] ?? ""),
    write: (row, into, at) => into.write(pieces[row] ?? "", at),
  };
}
