import type { Catalog, CatalogEntry, CatalogPart } from "../schema/model/catalog.ts";
import { encodeIndex, type Rows, type WholeLayout } from "./layout.ts";
import { nameIn, recordOf, shownIn } from "./record.ts";
import { TextWriter } from "./text-writer.ts";

/** Order of the provider's versions, as `Versioning.compare`. */
export type Compare = (a: string, b: string) => number;

/**
 * Finds a part that was built before, or has it built. A part has the form of the index; its names are spelled as they are, and before each
 * record stand the priority and what the entry is left out for, each with a tab behind it.
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
  readonly summaries: TextWriter;
  readonly priorities: number[];
}

async function buildPart(part: CatalogPart, compare: Compare): Promise<Buffer> {
  const harvest: Harvest = { records: new TextWriter(), summaries: new TextWriter(), priorities: [] };
  await part.read((entry) => take(entry, harvest));
  const { records, summaries, priorities } = harvest;
  // From here and not as they came: a name that was cut out of a list holds on to all of it.
  const names = priorities.map((_, row) => nameIn(shownOf(records.row(row))));
  const weighed = (row: number): Weighed => ({
    priority: priorities[row] ?? 0,
    version: () => versionIn(records.row(row)),
  });
  const order = winners(names, (row, before) => isBetter(weighed(row), weighed(before), compare));
  const texts = [
    lines(order.map((row) => names[row] ?? "")),
    summaries.inOrder(order),
    records.inOrder(order),
  ] as const;
  return encodeIndex("part", part.key, order.length, texts);
}

function take(entry: CatalogEntry, { records, summaries, priorities }: Harvest): void {
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
  const { names, of, rows, shown, doubtful } = piled(parts);
  const weighed = (row: number): Weighed => {
    const record = partOf(row).record(rows[row] ?? 0);
    return { priority: Number(record.toString("latin1", 0, record.indexOf(TAB))), version: () => versionIn(record) };
  };
  const partOf = (row: number) => parts[of[row] ?? 0] as WholeLayout;
  const all = winners(names, (row, before) => isBetter(weighed(row), weighed(before), compare));
  const order = doubtful.length === 0 ? all : withoutDoubtful(all, names, doubtful);
  const picked = (column: "summaries" | "records", startOf: (row: number) => number): Rows => ({
    texts: parts.map((part) => part[column].text),
    of: Uint32Array.from(order.map((row) => of[row] ?? 0)),
    starts: Uint32Array.from(order.map(startOf)),
    ends: Uint32Array.from(order.map((row) => partOf(row)[column].starts[(rows[row] ?? 0) + 1] ?? 0)),
  });
  return encodeIndex("search", key, order.length, [
    lines(order.map((row) => (names[row] ?? "").toLowerCase())),
    picked("summaries", (row) => partOf(row).summaries.starts[rows[row] ?? 0] ?? 0),
    picked("records", (row) => shown[row] ?? 0),
  ]);
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
  const [of, rows, shown] = [new Uint32Array(count), new Uint32Array(count), new Uint32Array(count)];
  const doubtful: Doubtful[] = [];
  for (const [number, part] of parts.entries()) {
    const { text, starts } = part.records;
    for (let row = 0; row < part.rows; row += 1) {
      const place = names.length;
      const name = part.names.text.toString("utf8", part.names.starts[row], (part.names.starts[row + 1] ?? 1) - 1);
      const unless = text.indexOf(TAB, starts[row]) + 1;
      const end = text[unless] === TAB ? unless : text.indexOf(TAB, unless);
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

function lines(names: readonly string[]): Rows {
  const joined = names.map((name) => `${name}\n`).join("");
  const text = Buffer.from(joined);
  const isPlain = text.length === joined.length;
  const [starts, ends] = [new Uint32Array(names.length), new Uint32Array(names.length)];
  let end = 0;
  names.forEach((name, row) => {
    starts[row] = end;
    end += (isPlain ? name.length : Buffer.byteLength(name)) + 1;
    ends[row] = end;
  });
  return { texts: [text], of: new Uint32Array(names.length), starts, ends };
}
