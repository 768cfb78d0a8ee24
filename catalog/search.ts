import type { Column } from "./column.ts";
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

/** Says of a row whether its package comes before others that fit as well. */
export type Preferred = (row: number) => boolean;

/**
 * Packages that every term fits, in name or summary, capitals or not. What fits best comes first: the very name, its beginning,
 * a word of it, any part of it, the summary; among equals what is preferred, then the shorter name.
 */
export function searchIn(layout: Layout, terms: readonly string[], limit: number, preferred: Preferred): Found {
  const wanted = terms.map((term) => term.toLowerCase().trim()).filter((term) => term !== "");
  // No name or summary goes over two lines.
  if (wanted.length === 0 || wanted.some((term) => term.includes("\n"))) return { hits: [], total: 0 };
  const sought = wanted.map(soughtOf);
  const { rows, sieves, searched } = layout;
  const best = openBest(Math.min(limit, rows));
  const batch = openBatch(searched, (row) => {
    const score = scoreOf(searched, row, sought);
    if (score > 0)
      best.add(2 * score - (preferred(row) ? 1 : 0), nameEnd(searched, row) - nameStart(searched, row), row);
  });
  const bytes = sought.map((each) => each.bytes);
  mayHave(sieves, rows, bytes, (first, end) => {
    for (let row = first; row < end; row += 1) batch.add(row);
  });
  batch.end();
  return { hits: best.rows().map((row) => shownAt(layout, row)), total: best.total() };
}

/** Rows that are looked at together. */
const TOGETHER = 512;
/** Bytes that a processor takes from memory at once. */
const CACHE_LINE = 64;

/**
 * Looks at rows that lie all over the text: at a byte of each of many first, and then at all of each. A processor takes the next one
 * from memory while it still waits for the last, as long as it need not know what is there to go on.
 */
function openBatch({ text, starts }: Column, look: (row: number) => void) {
  const rows = new Uint32Array(TOGETHER);
  const places = new Uint32Array(TOGETHER);
  let count = 0;
  const end = () => {
    for (let at = 0; at < count; at += 1) places[at] = starts[2 * (rows[at] ?? 0)] ?? 0;
    let seen = 0;
    for (let at = 0; at < count; at += 1) {
      const place = places[at] ?? 0;
      seen ^= (text[place] ?? 0) ^ (text[place + CACHE_LINE] ?? 0);
    }
    // Otherwise nothing would hang on it, and it would be left out.
    places[0] = seen;
    for (let at = 0; at < count; at += 1) look(rows[at] ?? 0);
    count = 0;
  };
  const add = (row: number) => {
    rows[count++] = row;
    if (count === TOGETHER) end();
  };
  return { add, end };
}

/** Where the name of a row begins and ends, and where its summary does. */
function nameStart({ starts }: Column, row: number): number {
  return starts[2 * row] ?? 0;
}

function nameEnd({ starts }: Column, row: number): number {
  return (starts[2 * row + 1] ?? 0) - 1;
}

function summaryEnd({ starts }: Column, row: number): number {
  return (starts[2 * row + 2] ?? 0) - 1;
}

/** The best of the rows that it was told of, in their order: by score, the lowest first, then by length of the name, then by name. */
interface Best {
  add(score: number, length: number, row: number): void;
  rows(): readonly number[];
  total(): number;
}

/** Beyond these, names count as equally long; and more rows no file has that is read (MAX_BYTES in index.ts). */
const LENGTHS = 2 ** 12;
const ROWS = 2 ** 27;
/** How many more are kept than twice the wanted ones, so that they are not sorted at each one that comes. */
const SPARE = 64;

/** A letter fits most rows, and few of them are shown: the others are not kept. Score, length and row are one number, in this order. */
function openBest(limit: number): Best {
  const kept = new Float64Array(2 * limit + SPARE);
  let [count, total] = [0, 0];
  let last = Number.POSITIVE_INFINITY;
  const cut = () => {
    kept.subarray(0, count).sort();
    count = Math.min(count, limit);
  };
  return {
    add: (score, length, row) => {
      total += 1;
      const rank = (score * LENGTHS + Math.min(length, LENGTHS - 1)) * ROWS + row;
      if (rank >= last) return;
      kept[count++] = rank;
      if (count < kept.length) return;
      cut();
      last = kept[limit - 1] ?? 0;
    },
    rows: () => {
      cut();
      return Array.from(kept.subarray(0, count), (rank) => rank % ROWS);
    },
    total: () => total,
  };
}

/** A term, and how far to go on from where its last byte could have been, by the byte that is there: Horspool's way to leave most bytes out. */
interface Sought {
  readonly bytes: Uint8Array;
  readonly skips: Uint8Array;
}

/** Skips lie in bytes. */
const LONGEST_SKIP = 255;
/** Bytes before the last of a term for which to look up each skip takes longer than to make none. */
const FEW = 2;

function soughtOf(term: string): Sought {
  const bytes = new TextEncoder().encode(term);
  const last = bytes.length - 1;
  const skips = new Uint8Array(256).fill(Math.min(bytes.length, LONGEST_SKIP));
  for (let at = 0; at < last; at += 1) skips[bytes[at] ?? 0] = Math.min(last - at, LONGEST_SKIP);
  return { bytes, skips };
}

/** 0 where a term does not fit at all. */
function scoreOf(searched: Column, row: number, terms: readonly Sought[]): number {
  let score = 0;
  for (const term of terms) {
    const fit = fitOf(searched, row, term);
    if (fit === 0) return 0;
    score += fit;
  }
  return score;
}

function fitOf(searched: Column, row: number, term: Sought): number {
  const { text } = searched;
  const start = nameStart(searched, row);
  const first = placeOf(term, text, start, summaryEnd(searched, row));
  if (first < 0) return 0;
  const end = nameEnd(searched, row);
  if (first >= end) return SUMMARY;
  for (let at = first; at >= 0; at = placeOf(term, text, at + 1, end)) {
    const to = at + term.bytes.length;
    if (at === start) return to === end ? EXACT : PREFIX;
    if (!isWordPart(text[at - 1]) && (to === end || !isWordPart(text[to]))) return WORD;
  }
  return INSIDE;
}

/** Where a term first lies as a whole between two places, or -1. Rows are short: a call of `indexOf` for each would take longer. */
function placeOf({ bytes, skips }: Sought, text: Uint8Array, from: number, end: number): number {
  const before = bytes.length - 1;
  const last = bytes[before];
  if (before < FEW) {
    for (let at = from + before; at < end; at += 1)
      if (text[at] === last && isAt(bytes, text, at - before)) return at - before;
    return -1;
  }
  for (let at = from + before; at < end; ) {
    const byte = text[at] ?? 0;
    if (byte === last && isAt(bytes, text, at - before)) return at - before;
    at += skips[byte] ?? 1;
  }
  return -1;
}

function isAt(bytes: Uint8Array, text: Uint8Array, from: number): boolean {
  for (let at = bytes.length - 2; at >= 0; at -= 1) if (text[from + at] !== bytes[at]) return false;
  return true;
}

function isWordPart(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 122) || byte >= 128);
}

/** The package of exactly this name. */
export function lookUp(layout: Layout, name: string): Shown | undefined {
  const row = rowNamed(layout, name);
  return row === undefined ? undefined : shownAt(layout, row);
}

/** Rows that are preferred by the names of their packages. */
export interface Preferring {
  add(name: string): void;
  readonly preferred: Preferred;
}

export function preferring(layout: Layout): Preferring {
  const rows = new Uint8Array(layout.rows);
  const add = (name: string) => {
    const row = rowNamed(layout, name);
    if (row !== undefined) rows[row] = 1;
  };
  return { add, preferred: (row) => rows[row] === 1 };
}

function rowNamed({ searched, rows }: Layout, name: string): number | undefined {
  const wanted = Buffer.from(name.toLowerCase());
  let [low, high] = [0, rows];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = orderOf(wanted, searched.text, nameStart(searched, middle), nameEnd(searched, middle));
    if (order === 0) return middle;
    if (order > 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

/**
 * Whether bytes come before those of a row (below 0), after them or are the same. That is also the order of the texts, in which the rows lie, but for
 * characters beyond the first 65,536, of which no package manager takes any in a name. In strings a look-up takes four times as long.
 */
function orderOf(wanted: Uint8Array, text: Uint8Array, start: number, end: number): number {
  const common = Math.min(wanted.length, end - start);
  for (let at = 0; at < common; at += 1) {
    const order = (wanted[at] ?? 0) - (text[start + at] ?? 0);
    if (order !== 0) return order;
  }
  return wanted.length - (end - start);
}

/** Every name, in order. */
export function* namesIn(layout: Layout): Generator<string> {
  for (let row = 0; row < layout.rows; row++) yield nameIn(layout.record(row));
}

/** The same, each in a line. */
export function nameLines({ rows, records: { text, starts } }: WholeLayout): Buffer {
  const lines = Buffer.alloc(text.length + rows);
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
