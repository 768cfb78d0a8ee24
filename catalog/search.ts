import { type Layout, rowAt, rowOf } from "./layout.ts";
import { type Shown, shownIn } from "./record.ts";

export interface Found {
  /** The best ones first. */
  readonly hits: readonly Shown[];
  /** How many there are, shown or not. */
  readonly total: number;
}

/** How well a term fits, from best to worst; 0: not at all. */
const EXACT = 1;
const PREFIX = 2;
const WORD = 3;
const INSIDE = 4;
const SUMMARY = 5;

/**
 * Packages that every term fits, in name or summary, capitals or not. What fits best comes first: the very name, its beginning,
 * a word of it, any part of it, the summary; among equals the shorter name.
 */
export function searchIn(layout: Layout, terms: readonly string[], limit: number): Found {
  const wanted = terms.map((term) => term.toLowerCase().trim()).filter((term) => term !== "");
  const [first, ...rest] = wanted.map((term) => fitsOf(layout, Buffer.from(term)));
  if (first === undefined) return { hits: [], total: 0 };
  const rows = first.rows.filter((row) => rest.every(({ fits }) => fits[row] !== 0));
  const scoreOf = (row: number) => rest.reduce((sum, { fits }) => sum + (fits[row] ?? 0), first.fits[row] ?? 0);
  return { hits: bestOf(rows, scoreOf, limit, layout).map((row) => shownAt(layout, row)), total: rows.length };
}

/** The best so many of rows: by score, then by length of the name. Only what may be among them is put in order: a letter fits most rows. */
function bestOf(
  rows: readonly number[],
  scoreOf: (row: number) => number,
  limit: number,
  { names: { starts } }: Layout,
): readonly number[] {
  const byScore: number[][] = [];
  for (const row of rows) {
    const score = scoreOf(row);
    const same = byScore[score];
    if (same === undefined) byScore[score] = [row];
    else same.push(row);
  }
  const lengthOf = (row: number) => (starts[row + 1] ?? 0) - (starts[row] ?? 0);
  const best: number[] = [];
  for (const same of byScore) {
    if (best.length >= limit) break;
    // Rows are in the order of their names.
    if (same !== undefined) best.push(...same.sort((x, y) => lengthOf(x) - lengthOf(y) || x - y).slice(0, limit));
  }
  return best.slice(0, limit);
}

/** The package of exactly this name. */
export function lookUp(layout: Layout, name: string): Shown | undefined {
  const wanted = name.toLowerCase();
  let [low, high] = [0, layout.rows];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = rowOf(layout.names, middle).toString().slice(0, -1);
    if (found === wanted) return shownAt(layout, middle);
    if (found < wanted) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

/** Every name, in order. */
export function* namesIn(layout: Layout): Generator<string> {
  for (let row = 0; row < layout.rows; row++) yield shownAt(layout, row).name;
}

function shownAt({ record }: Layout, row: number): Shown {
  return shownIn(record(row));
}

/** How well each row fits a term, and those that do at all. */
interface Fits {
  readonly fits: Uint8Array;
  readonly rows: number[];
}

function fitsOf({ names, summaries, rows: count }: Layout, term: Buffer): Fits {
  const fits = new Uint8Array(count);
  const rows: number[] = [];
  const improve = (row: number, fit: number) => {
    const before = fits[row] ?? 0;
    if (before === 0) rows.push(row);
    if (before === 0 || fit < before) fits[row] = fit;
  };
  for (let at = names.text.indexOf(term); at >= 0; at = names.text.indexOf(term, at + 1)) {
    const row = rowAt(names, at);
    const [start = 0, end = 0] = [names.starts[row], names.starts[row + 1]];
    improve(row, fitInName(names.text, start, end - 1, at, at + term.length));
  }
  for (let at = summaries.text.indexOf(term); at >= 0; ) {
    const row = rowAt(summaries, at);
    improve(row, SUMMARY);
    at = summaries.text.indexOf(term, summaries.starts[row + 1]);
  }
  return { fits, rows };
}

function fitInName(text: Buffer, start: number, end: number, from: number, to: number): number {
  if (from === start) return to === end ? EXACT : PREFIX;
  return isWordPart(text[from - 1]) || (to < end && isWordPart(text[to])) ? INSIDE : WORD;
}

function isWordPart(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 122) || byte >= 128);
}
