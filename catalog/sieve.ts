import type { Column } from "./column.ts";

/**
 * Says of a text in which blocks of rows it can be at all, so that a search need not read the others: of each three bytes that follow each other,
 * by a hash of them, a bit for each block. It may say yes too often and never no.
 */
export type Sieve = Uint32Array;

/** Rows of a block. More of them let more through, and fewer take more memory. */
const BLOCK = 32;
const HASH_BITS = 12;
const PIECE = 3;

/** Numbers in the sieve of so many rows. */
export function sieveLength(rows: number): number {
  return wordsOf(rows) << HASH_BITS;
}

function wordsOf(rows: number): number {
  return Math.ceil(rows / (BLOCK * 32));
}

function hash(one: number, two: number, three: number): number {
  return Math.imul(one | (two << 8) | (three << 16), 0x9e3779b1) >>> (32 - HASH_BITS);
}

/** Over columns of the same rows. */
export function sieveOf(columns: readonly Column[], rows: number): Sieve {
  const words = wordsOf(rows);
  const sieve = new Uint32Array(sieveLength(rows));
  for (const { text, starts } of columns) {
    for (let first = 0, block = 0; first < rows; first += BLOCK, block += 1) {
      const [word, bit] = [block >>> 5, 1 << (block & 31)];
      const end = (starts[Math.min(first + BLOCK, rows)] ?? 0) - PIECE + 1;
      for (let at = starts[first] ?? 0; at < end; at += 1) {
        const place = hash(text[at] ?? 0, text[at + 1] ?? 0, text[at + 2] ?? 0) * words + word;
        sieve[place] = (sieve[place] ?? 0) | bit;
      }
    }
  }
  return sieve;
}

/** Runs of rows, from one to before another, that may have a text within a row: all where it is too short to say. */
export function* mayHave(sieve: Sieve | undefined, rows: number, text: Buffer): Generator<readonly [number, number]> {
  if (sieve === undefined || text.length < PIECE) {
    yield [0, rows];
    return;
  }
  const left = blocksWith(sieve, rows, text);
  const has = (block: number) => (((left[block >>> 5] ?? 0) >>> (block & 31)) & 1) === 1;
  const blocks = Math.ceil(rows / BLOCK);
  for (let block = 0; block < blocks; block += 1) {
    if (!has(block)) continue;
    const first = block;
    while (block + 1 < blocks && has(block + 1)) block += 1;
    yield [first * BLOCK, Math.min((block + 1) * BLOCK, rows)];
  }
}

function blocksWith(sieve: Sieve, rows: number, text: Buffer): Uint32Array {
  const words = wordsOf(rows);
  const left = new Uint32Array(words).fill(0xffffffff);
  for (let at = 0; at + PIECE <= text.length; at += 1) {
    const start = hash(text[at] ?? 0, text[at + 1] ?? 0, text[at + 2] ?? 0) * words;
    for (let word = 0; word < words; word += 1) left[word] = (left[word] ?? 0) & (sieve[start + word] ?? 0);
  }
  return left;
}
