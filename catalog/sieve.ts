import type { Column } from "./column.ts";

/**
 * Says of texts in which blocks of rows all of them can be, so that a search need not read the others: of each three bytes that follow each other,
 * by a hash of them, a bit for each block. It may say yes too often and never no.
 *
 * The bits of one hash lie together, `sieveLine(rows)` numbers, for they are asked for together. It is read where it lies.
 */
export type Sieve = (hash: number) => Uint32Array;

/** Rows of a block. With fewer rows and fewer hashes as much memory lets less through, down to about this. */
const BLOCK = 2;
const HASH_BITS = 10;
const PIECE = 3;

/** Numbers for one hash. */
export function sieveLine(rows: number): number {
  return Math.ceil(rows / (BLOCK * 32));
}

/** Numbers in the sieve of so many rows. */
export function sieveLength(rows: number): number {
  return sieveLine(rows) << HASH_BITS;
}

function hash(text: Uint8Array, at: number): number {
  const piece = (text[at] ?? 0) | ((text[at + 1] ?? 0) << 8) | ((text[at + 2] ?? 0) << 16);
  return Math.imul(piece, 0x9e3779b1) >>> (32 - HASH_BITS);
}

/** Over columns of the same rows: the lines of all hashes, one after the other. */
export function sieveOf(columns: readonly Column[], rows: number): Uint32Array {
  const line = sieveLine(rows);
  const sieve = new Uint32Array(sieveLength(rows));
  for (const { text, starts } of columns) {
    for (let first = 0, block = 0; first < rows; first += BLOCK, block += 1) {
      const [word, bit] = [block >>> 5, 1 << (block & 31)];
      const end = (starts[Math.min(first + BLOCK, rows)] ?? 0) - PIECE + 1;
      for (let at = starts[first] ?? 0; at < end; at += 1) {
        const place = hash(text, at) * line + word;
        sieve[place] = (sieve[place] ?? 0) | bit;
      }
    }
  }
  return sieve;
}

/** Visits runs of rows, from one to before another, that may have all of these texts within a row: all rows where they are too short to say. */
export function mayHave(
  sieve: Sieve | undefined,
  rows: number,
  texts: readonly Uint8Array[],
  visit: (first: number, end: number) => void,
): void {
  const hashes = hashesOf(texts);
  if (sieve === undefined || hashes.length === 0) {
    visit(0, rows);
    return;
  }
  const left = new Uint32Array(sieveLine(rows)).fill(0xffffffff);
  for (const each of hashes) if (!keepOnly(left, sieve(each))) return;
  let [first, end] = [0, 0];
  for (let word = 0; word < left.length; word += 1) {
    for (let bits = left[word] ?? 0; bits !== 0; bits &= bits - 1) {
      const row = BLOCK * (32 * word + 31 - Math.clz32(bits & -bits));
      if (row !== end) {
        if (end > 0) visit(first, end);
        first = row;
      }
      end = row + BLOCK;
    }
  }
  if (end > 0) visit(first, Math.min(end, rows));
}

/** Each once: a text may be as long as a message. */
function hashesOf(texts: readonly Uint8Array[]): readonly number[] {
  const seen = new Uint8Array(1 << HASH_BITS);
  const hashes: number[] = [];
  for (const text of texts) {
    for (let at = 0; at + PIECE <= text.length; at += 1) {
      const found = hash(text, at);
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
