import type { Catalog, CatalogEntry, CatalogPart } from "../schema/model/catalog.ts";
import { encodeIndex, type Rows, type WholeLayout } from "./layout.ts";
import { nameIn, recordOf, shownIn, withoutBreaks } from "./record.ts";
import { TextWriter } from "./text-writer.ts";

/** Order of the provider's versions, as `Versioning.compare`. */
export type Compare = (a: string, b: string) => number;

/**
 * Finds a part that was built before, or has it built. A part has the form of the index; before each record stand the priority and what the entry
 * is left out for, each with a tab behind it.
 */
export type PartOf = (part: CatalogPart, build: () => Promise<Buffer>) => Promise<WholeLayout>;

/** Puts everything that could be installed into the form of the file. Errors: those of `read`. */
export async function buildIndex(catalog: Catalog, compare: Compare, partOf: PartOf): Promise<Buffer> {
  const parts: WholeLayout[] = [];
  for (const part of catalog.parts) parts.push(await partOf(part, () => buildPart(part, compare)));
  return merged(catalog.key, parts, compare);
}

/** What one part gave so far, in the order in which it came. There are tens of thousands of rows, so texts and numbers stand for objects. */
interface Harvest {
  readonly records: TextWriter;
  /** Of each row the name and the summary. */
  readonly searched: TextWriter;
  readonly priorities: number[];
}

async function buildPart(part: CatalogPart, compare: Compare): Promise<Buffer> {
  const harvest: Harvest = { records: new TextWriter(), searched: new TextWriter(), priorities: [] };
  await part.read((entry) => take(entry, harvest));
  const { records, searched, priorities } = harvest;
  // From here and not as they came: a name that was cut out of a list holds on to all of it.
  const names = priorities.map((_, row) => nameIn(shownOf(records.row(row))));
  const weighed = (row: number): Weighed => ({
    priority: priorities[row] ?? 0,
    version: () => versionIn(records.row(row)),
  });
  const order = winners(names, (row, before) => isBetter(weighed(row), weighed(before), compare));
  const both = Array.from({ length: 2 * order.length }, (_, at) => 2 * (order[at >> 1] ?? 0) + (at & 1));
  return encodeIndex("part", part.key, order.length, [searched.inOrder(both), records.inOrder(order)]);
}

function take(entry: CatalogEntry, { records, searched, priorities }: Harvest): void {
  priorities.push(entry.priority);
  records.add(`${entry.priority}\t${entry.unless ?? ""}\t${recordOf(entry)}`);
  for (const text of [entry.name, entry.summary]) searched.add(`${withoutBreaks(text).toLowerCase()}\n`);
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

/**
 * Of rows with these names the one that counts of each, by name in lower case, which nearly all are anyway. Names that differ in capitals alone
 * are in the order in which they came.
 */
function winners(names: readonly string[], isBetter: (row: number, before: number) => boolean): readonly number[] {
  const small = names.map((name) => name.toLowerCase());
  const order = Array.from(names.keys()).sort((a, b) => {
    const [one = "", other = ""] = [small[a], small[b]];
    return one < other ? -1 : one > other ? 1 : a - b;
  });
  const won: number[] = [];
  let first = 0;
  for (const row of order) {
    if (won.length > first && small[row] !== small[won[first] ?? 0]) first = won.length;
    let same = first;
    while (same < won.length && names[won[same] ?? 0] !== names[row]) same += 1;
    if (same === won.length || isBetter(row, won[same] ?? 0)) won[same] = row;
  }
  return won;
}

function merged(key: string, parts: readonly WholeLayout[], compare: Compare): Buffer {
  const pile = piled(parts);
  const { names, doubtful } = pile;
  const weighed = (row: number): Weighed => {
    const record = partOf(row).record(pile.rows[row] ?? 0);
    return { priority: Number(record.toString("latin1", 0, record.indexOf(TAB))), version: () => versionIn(record) };
  };
  const partOf = (row: number) => parts[pile.of[row] ?? 0] as WholeLayout;
  const all = winners(names, (row, before) => isBetter(weighed(row), weighed(before), compare));
  const order = doubtful.length === 0 ? all : withoutDoubtful(all, names, doubtful);
  return encodeIndex("search", key, order.length, [searchedOf(parts, pile, order), recordsOf(parts, pile, order)]);
}

/** Of these rows of the pile the name, and then the summary. */
function searchedOf(parts: readonly WholeLayout[], { of, rows }: Pile, order: readonly number[]): Rows {
  const [part, starts, ends] = threeOf(2 * order.length);
  order.forEach((row, index) => {
    const at = 2 * index;
    const number = of[row] ?? 0;
    const before = (parts[number] as WholeLayout).searched.starts;
    const first = 2 * (rows[row] ?? 0);
    part[at] = number;
    part[at + 1] = number;
    starts[at] = before[first] ?? 0;
    starts[at + 1] = before[first + 1] ?? 0;
    ends[at] = before[first + 1] ?? 0;
    ends[at + 1] = before[first + 2] ?? 0;
  });
  return { texts: parts.map(({ searched }) => searched.text), of: part, starts, ends };
}

/** Of these rows of the pile that of the record which is shown. */
function recordsOf(parts: readonly WholeLayout[], { of, rows, shown }: Pile, order: readonly number[]): Rows {
  const [part, starts, ends] = threeOf(order.length);
  order.forEach((row, at) => {
    const number = of[row] ?? 0;
    part[at] = number;
    starts[at] = shown[row] ?? 0;
    ends[at] = (parts[number] as WholeLayout).records.starts[(rows[row] ?? 0) + 1] ?? 0;
  });
  return { texts: parts.map(({ records }) => records.text), of: part, starts, ends };
}

function threeOf(length: number): readonly [Uint32Array, Uint32Array, Uint32Array] {
  return [new Uint32Array(length), new Uint32Array(length), new Uint32Array(length)];
}

/** The rows of all parts, one part behind the other. */
interface Pile {
  readonly names: readonly string[];
  /** Which part a row is of, and which of its rows. */
  readonly of: Uint32Array;
  readonly rows: Uint32Array;
  /** Where in the part's records that begins which is shown. */
  readonly shown: Uint32Array;
  readonly doubtful: readonly Doubtful[];
}

type Doubtful = readonly [name: string, unless: string];

function piled(parts: readonly WholeLayout[]): Pile {
  const count = parts.reduce((sum, { rows }) => sum + rows, 0);
  const names: string[] = [];
  const [of, rows, shown] = threeOf(count);
  const doubtful: Doubtful[] = [];
  for (const [number, part] of parts.entries()) {
    const { text, starts } = part.records;
    for (let row = 0; row < part.rows; row += 1) {
      const place = names.length;
      const unless = text.indexOf(TAB, starts[row]) + 1;
      const end = text[unless] === TAB ? unless : text.indexOf(TAB, unless);
      const name = text.toString("utf8", end + 1, text.indexOf(TAB, end + 1));
      if (end > unless) doubtful.push([name, text.toString("utf8", unless, end)]);
      names.push(name);
      of[place] = number;
      rows[place] = row;
      shown[place] = end + 1;
    }
  }
  return { names, of, rows, shown, doubtful };
}

function withoutDoubtful(
  order: readonly number[],
  names: readonly string[],
  doubtful: readonly Doubtful[],
): readonly number[] {
  const left = new Set(order.map((row) => names[row] ?? ""));
  for (const [name, unless] of doubtful) if (left.has(unless)) left.delete(name);
  return order.filter((row) => left.has(names[row] ?? ""));
}

const TAB = 9;

function versionIn(record: Buffer): string {
  return shownIn(shownOf(record)).version;
}

/** Of a record of a part that which is shown. */
function shownOf(record: Buffer): Buffer {
  return record.subarray(record.indexOf(TAB, record.indexOf(TAB) + 1) + 1);
}
