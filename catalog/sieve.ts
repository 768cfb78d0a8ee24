import type { Column } from "./column.ts";

/**
 * Says of texts in which blocks of rows all of them can be, so that a search need not read the others: of each few bytes that follow each other,
 * by a hash of them, a bit for each block. It may say yes too often and never no.
 */
export interface Sieve {
  readonly grain: Grain;
  /** The bits of one hash, `sieveLine` numbers. They lie together, for they are asked for together, and are read where they lie. */
  readonly line: (hash: number) => Uint32Array;
}

export interface Grain {
  /** Bytes that are looked at together. */
  readonly piece: number;
  /** Rows of a block. With fewer rows and fewer hashes as much memory lets less through. */
  readonly block: number;
  readonly hashBits: number;
}

/** The first is for all texts but those of two bytes, and one of these is in far fewer blocks than it would have company in a hash of three. */
export const GRAINS: readonly Grain[] = [
  { piece: 3, block: 1, hashBits: 9 },
  { piece: 2, block: 8, hashBits: 11 },
];

/** Numbers for one hash. */
export function sieveLine({ block }: Grain, rows: number): number {
  return Math.ceil(rows / (block * 32));
}

/** Numbers in the sieve of so many rows. */
export function sieveLength(grain: Grain, rows: number): number {
  return sieveLine(grain, rows) << grain.hashBits;
}

function hash(text: Uint8Array, at: number, { piece, hashBits }: Grain): number {
  const third = piece === 3 ? (text[at + 2] ?? 0) << 16 : 0;
  return Math.imul((text[at] ?? 0) | ((text[at + 1] ?? 0) << 8) | third, 0x9e3779b1) >>> (32 - hashBits);
}

/** Over a column with two texts for each row: the lines of all hashes, one after the other. */
export function sieveOf(grain: Grain, { text, starts }: Column, rows: number): Uint32Array {
  const { piece, block } = grain;
  const line = sieveLine(grain, rows);
  const sieve = new Uint32Array(sieveLength(grain, rows));
  for (let first = 0, count = 0; first < rows; first += block, count += 1) {
    const [word, bit] = [count >>> 5, 1 << (count & 31)];
    const end = (starts[2 * Math.min(first + block, rows)] ?? 0) - piece + 1;
    for (let at = starts[2 * first] ?? 0; at < end; at += 1) {
      const place = hash(text, at, grain) * line + word;
      sieve[place] = (sieve[place] ?? 0) | bit;
    }
  }
  return sieve;
}

/** Visits runs of rows, from one to before another, that may have all of these texts within a row: all rows where they are too short to say. */
export function mayHave(
  sieves: readonly Sieve[],
  rows: number,
  texts: readonly Uint8Array[],
  visit: (first: number, end: number) => void,
): void {
  for (const sieve of sieves) {
    const hashes = hashesOf(texts, sieve.grain);
    if (hashes.length === 0) continue;
    visitThose(sieve, hashes, rows, visit);
    return;
  }
  visit(0, rows);
}

function visitThose(
  { grain, line }: Sieve,
  hashes: readonly number[],
  rows: number,
  visit: (first: number, end: number) => void,
): void {
  const left = new Uint32Array(sieveLine(grain, rows)).fill(0xffffffff);
  for (const each of hashes) if (!keepOnly(left, line(each))) return;
  let [first, end] = [0, 0];
  for (let word = 0; word < left.length; word += 1) {
    for (let bits = left[word] ?? 0; bits !== 0; bits &= bits - 1) {
      const row = grain.block * (32 * word + 31 - Math.clz32(bits & -bits));
      if (row !== end) {
        if (end > 0) visit(first, end);
        first = row;
      }
      end = row + grain.block;
    }
  }
  if (end > 0) visit(first, Math.min(end, rows));
}

/** Each once: a text may be as long as a message. */
function hashesOf(texts: readonly Uint8Array[], grain: Grain): readonly number[] {
  const seen = new Uint8Array(1 << grain.hashBits);
  const hashes: number[] = [];
  for (const text of texts) {
    for (let at = 0; at + grain.piece <= text.length; at += 1) {
      const found = hash(text, at, grain);
      if (seen[found] === 0) hashes.push(found);
      seen[found] = 1;
    }
  }
  return hashes;
}

/** @returns whether any bit is left */
function keepOnly(bits: Uint32Array, others: Uint32Array): boolean {
  let any = 0;
  for (let at = 0; at < bits.length; at += 1) {
    const both = (bits[at] ?? 0) & (others[at] ?? 0);
    bits[at] = both;
    any |= both;
  }
  return any !== 0;
}
