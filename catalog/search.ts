import { type Column, rowAt, rowOf } from "./column.ts";
import type { Layout, WholeLayout } from "./layout.ts";
import { nameIn, type Shown, shownIn } from "./record.ts";
import { mayHave } from "./sieve.ts";

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
  if (wanted.length === 0) return { hits: [], total: 0 };
  const { total, best } = bestOf(
    wanted.map((term) => fitsOf(layout, Buffer.from(term))),
    limit,
    layout,
  );
  return { hits: best.map((row) => shownAt(layout, row)), total };
}

/** How well a term fits. */
interface Fits {
  /** Of each row. */
  readonly fit: Uint8Array;
  /** Those that it fits at all. */
  readonly rows: Uint32Array;
}

/** A rank is a score, and within it the length of the name, as far as that counts. */
const LENGTHS = 256;

/**
 * Of the rows that every term fits the best: by score, then by length of the name, then by name. A letter fits most rows, so those are put in
 * order alone that may be among the best: ranks are counted first.
 */
function bestOf(
  fits: readonly Fits[],
  limit: number,
  { names: { starts } }: Layout,
): { readonly total: number; readonly best: readonly number[] } {
  const lengthOf = (row: number) => (starts[row + 1] ?? 0) - (starts[row] ?? 0);
  const { rows } = fits.reduce((least, each) => (each.rows.length < least.rows.length ? each : least));
  const ranks = new Uint32Array(rows.length);
  const counts = new Uint32Array((SUMMARY * fits.length + 1) * LENGTHS);
  let total = 0;
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at] ?? 0;
    const score = scoreOf(fits, row);
    if (score === 0) continue;
    const rank = score * LENGTHS + Math.min(lengthOf(row), LENGTHS - 1);
    ranks[at] = rank;
    counts[rank] = (counts[rank] ?? 0) + 1;
    total += 1;
  }
  let last = 0;
  for (let before = 0; last < counts.length && before < limit; last += 1) before += counts[last] ?? 0;
  const best: (readonly [rank: number, row: number])[] = [];
  for (let at = 0; at < rows.length; at += 1) {
    const rank = ranks[at] ?? 0;
    if (rank > 0 && rank < last) best.push([rank, rows[at] ?? 0]);
  }
  best.sort(([one, x], [other, y]) => one - other || lengthOf(x) - lengthOf(y) || x - y);
  return { total, best: best.slice(0, limit).map(([, row]) => row) };
}

/** 0 where a term does not fit at all. */
function scoreOf(fits: readonly Fits[], row: number): number {
  let score = 0;
  for (const each of fits) {
    const fit = each.fit[row] ?? 0;
    if (fit === 0) return 0;
    score += fit;
  }
  return score;
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
  for (let row = 0; row < layout.rows; row++) yield nameIn(layout.record(row));
}

/** The same, each in a line. */
export function nameLines({ rows, names, records: { text, starts } }: WholeLayout): Buffer {
  // In lower case they may be of other lengths, though seldom.
  const lines = Buffer.alloc(3 * names.text.length + rows);
  let end = 0;
  for (let row = 0; row < rows; row += 1) {
    const next = starts[row + 1] ?? 0;
    for (let at = starts[row] ?? 0; at < next && text[at] !== TAB; at += 1) lines[end++] = text[at] ?? 0;
    lines[end++] = NEWLINE;
  }
  return lines.subarray(0, end);
}

const TAB = 9;
const NEWLINE = 10;

function shownAt({ record }: Layout, row: number): Shown {
  return shownIn(record(row));
}

function fitsOf({ names, summaries, sieve, rows: count }: Layout, term: Buffer): Fits {
  const fit = new Uint8Array(count);
  const rows = new Uint32Array(count);
  let found = 0;
  for (const [first, end] of mayHave(sieve, count, term)) {
    eachPlace(summaries, term, [first, end], (row) => {
      fit[row] = SUMMARY;
      rows[found++] = row;
      return false;
    });
    eachPlace(names, term, [first, end], (row, at, start, ends) => {
      const here = fitInName(names.text, start, ends - 1, at, at + term.length);
      const before = fit[row] ?? 0;
      if (before === 0) rows[found++] = row;
      if (before === 0 || here < before) fit[row] = here;
      return here > WORD;
    });
  }
  return { fit, rows: rows.subarray(0, found) };
}

/** A term that is shorter is found quicker by a look at each byte than by asking for the next place. */
const SHORT = 3;

/** Visits the places of a term in some rows, in each as long as the visitor wants more of it. */
function eachPlace(
  { text: all, starts }: Column,
  term: Buffer,
  [first, last]: readonly [number, number],
  visit: (row: number, at: number, start: number, end: number) => boolean,
): void {
  const text = all.subarray(0, starts[last]);
  const next =
    term.length < SHORT ? (from: number) => shortAt(text, term, from) : (from: number) => text.indexOf(term, from);
  let row = first;
  for (let at = next(starts[first] ?? 0); at >= 0; ) {
    // Places come in order: the row is this one or near.
    if ((starts[row + 64] ?? Number.POSITIVE_INFINITY) <= at) row = rowAt({ text, starts }, at);
    while ((starts[row + 1] ?? Number.POSITIVE_INFINITY) <= at) row += 1;
    const end = starts[row + 1] ?? text.length;
    at = next(visit(row, at, starts[row] ?? 0, end) ? at + 1 : end);
  }
}

function shortAt(text: Buffer, term: Buffer, from: number): number {
  const [first = 0, second] = term;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === first && (second === undefined || text[at + 1] === second)) return at;
  }
  return -1;
}

function fitInName(text: Buffer, start: number, end: number, from: number, to: number): number {
  if (from === start) return to === end ? EXACT : PREFIX;
  return isWordPart(text[from - 1]) || (to < end && isWordPart(text[to])) ? INSIDE : WORD;
}

function isWordPart(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 122) || byte >= 128);
}
