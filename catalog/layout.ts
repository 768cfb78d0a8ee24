import { fstatSync, readSync } from "node:fs";
import { endianness } from "node:os";
import { crc32 } from "node:zlib";
import { PIECE, readSoon } from "../host/files.ts";
import type { Column } from "./column.ts";
import { GRAINS, type Grain, type Sieve, sieveLength, sieveLine, sieveOf } from "./sieve.ts";

/**
 * The index of all known packages, as one file. Little-endian:
 *
 *     0  magic "OMGCATLG"    8  version u32    12  rows u32
 *    16  bytes of the names u32   20  of the summaries u32   24  of the records u32
 *    28  CRC-32 of all from 64 on, u32   32  key: SHA-256 of what it was made from
 *    64  bytes of the sieves u32 (sieve.ts), none in parts of an index
 *    68  three tables of rows + 1 offsets u32, the three texts in UTF-8, then the sieves
 *
 * Rows are sorted by name. Names and summaries are in lower case and end in a newline each, for the search; a record has the
 * fields as they are shown, with tabs between them.
 */
const MAGIC = Buffer.from("OMGCATLG", "latin1");
const VERSION = 4;
const HEADER = 68;

/** Names, summaries and records, in the file's order, each by row. */
export type Texts = readonly [names: Rows, summaries: Rows, records: Rows];

/** Rows that lie in other texts. Numbers and no objects: there are tens of thousands. */
export interface Rows {
  readonly texts: readonly Buffer[];
  /** In which of them each row lies, and from where to where. */
  readonly of: Uint32Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

export interface Layout {
  readonly rows: number;
  readonly names: Column;
  readonly summaries: Column;
  /** Of names and summaries; none in a part. */
  readonly sieves: readonly Sieve[];
  /** The fields of a row, as they are shown. */
  readonly record: (row: number) => Buffer;
}

/** A layout of which all lies in memory. */
export interface WholeLayout extends Layout {
  readonly records: Column;
}

/** The file's bytes, to be searched or as a part of an index that is. Pure. */
export function encodeIndex(use: "search" | "part", key: string, rows: number, texts: Texts): Buffer {
  const table = 4 * (rows + 1);
  const lengths = texts.map(lengthOf);
  const sieves = use === "search" ? bytesOfSieves(rows) : 0;
  const textsAt = HEADER + 3 * table;
  const sieveAt = lengths.reduce((sum, length) => sum + length, textsAt);
  const bytes = Buffer.alloc(sieveAt + sieves);
  MAGIC.copy(bytes);
  [VERSION, rows, ...lengths].forEach((value, index) => {
    bytes.writeUInt32LE(value, 8 + 4 * index);
  });
  bytes.writeUInt32LE(sieves, 64);
  let textAt = textsAt;
  texts.forEach((text, index) => {
    textAt = copyRows(text, bytes, textAt, HEADER + index * table + 4);
  });
  if (sieves > 0) {
    const columns = [0, 1].map((index) => ({
      text: bytes.subarray(textsAt + (index === 0 ? 0 : (lengths[0] ?? 0))),
      starts: tableIn(bytes.subarray(HEADER + index * table, HEADER + (index + 1) * table)),
    }));
    let at = sieveAt;
    for (const grain of GRAINS) for (const value of sieveOf(grain, columns, rows)) at = bytes.writeUInt32LE(value, at);
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(64)), 28);
  bytes.write(key, 32, "hex");
  return bytes;
}

function bytesOfSieves(rows: number): number {
  return GRAINS.reduce((sum, grain) => sum + 4 * sieveLength(grain, rows), 0);
}

function lengthOf({ starts, ends }: Rows): number {
  let length = 0;
  for (let row = 0; row < starts.length; row++) length += (ends[row] ?? 0) - (starts[row] ?? 0);
  return length;
}

/** Writes rows one behind the other, and where each ends into a table. @returns where the last one ends */
function copyRows({ texts, of, starts, ends }: Rows, into: Buffer, start: number, table: number): number {
  let to = start;
  for (let row = 0; row < of.length; ) {
    const [text, from] = [of[row] ?? 0, starts[row] ?? 0];
    const first = to;
    // What lies side by side is copied at once.
    for (let next = from; of[row] === text && starts[row] === next; row++) {
      next = ends[row] ?? 0;
      to = first + next - from;
      into.writeUInt32LE(to - start, table + 4 * row);
    }
    into.set((texts[text] as Buffer).subarray(from, from + to - first), first);
  }
  return to;
}

/**
 * The parts of a file, or undefined for one that is cut off, damaged, of another version or made from something else: then it
 * is made again. Nothing in it is believed before it was checked, so that no answer reads beyond its end. Pure.
 */
export function decodeIndex(bytes: Buffer, key: string): WholeLayout | undefined {
  const header = headerOf(bytes, bytes.length, key);
  if (header === undefined || crc32(bytes.subarray(64)) !== header.crc) return undefined;
  const parts = partsOf(bytes, header, (start, end) => bytes.subarray(start, end));
  const text = bytes.subarray(header.recordsAt, header.recordsAt + header.lengths[2]);
  return parts && { ...parts.layout, records: { text, starts: parts.records } };
}

/**
 * The same, for who keeps it long: names and summaries lie in memory. What of the sieve is asked for, and records that are shown, are read out of
 * the file, which stays open. Errors: those of reading.
 */
export async function leanIndex(fd: number, key: string): Promise<Layout | undefined> {
  const { size } = fstatSync(fd);
  const header = headerOf(read(fd, 0, HEADER), size, key);
  if (header === undefined) return undefined;
  const { recordsAt } = header;
  const bytes = Buffer.allocUnsafeSlow(recordsAt);
  // One buffer for all: as many as there are pieces would have to be collected.
  const passing = Buffer.allocUnsafeSlow(PIECE);
  let crc = 0;
  for (let at = 0; at < size; ) {
    const piece = at < recordsAt ? bytes.subarray(at, at + PIECE) : passing.subarray(0, size - at);
    const count = await readSoon(fd, piece, at);
    if (count === 0) return undefined;
    crc = crc32(piece.subarray(Math.max(0, 64 - at), count), crc);
    at += count;
  }
  if (crc !== header.crc) return undefined;
  return partsOf(bytes, header, (start, end) => read(fd, start, end - start))?.layout;
}

/** Whether a file is an index that was made under this key, by its size and its beginning. Errors: those of reading. */
export function isIndexOf(fd: number, key: string): boolean {
  return headerOf(read(fd, 0, HEADER), fstatSync(fd).size, key) !== undefined;
}

/** Fewer bytes where the file ends before. */
function read(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, at));
}

interface Header {
  readonly rows: number;
  /** Bytes of the names, summaries and records. */
  readonly lengths: readonly [number, number, number];
  /** Of the sieves. */
  readonly sieves: number;
  readonly recordsAt: number;
  readonly crc: number;
}

function headerOf(bytes: Buffer, size: number, key: string): Header | undefined {
  if (bytes.length < HEADER || !bytes.subarray(0, 8).equals(MAGIC) || bytes.readUInt32LE(8) !== VERSION)
    return undefined;
  const [rows, ...lengths] = [12, 16, 20, 24].map((at) => bytes.readUInt32LE(at)) as [number, number, number, number];
  const sieves = bytes.readUInt32LE(64);
  if (sieves !== 0 && sieves !== bytesOfSieves(rows)) return undefined;
  const recordsAt = HEADER + 12 * (rows + 1) + lengths[0] + lengths[1];
  if (recordsAt + lengths[2] + sieves !== size || bytes.toString("hex", 32, 64) !== key) return undefined;
  return { rows, lengths, sieves, recordsAt, crc: bytes.readUInt32LE(28) };
}

/**
 * @param bytes of all that comes before the records, at least
 * @param between what of the file lies from one place to before another
 */
function partsOf(
  bytes: Buffer,
  { rows, lengths, sieves, recordsAt }: Header,
  between: (start: number, end: number) => Buffer,
): { readonly layout: Layout; readonly records: Uint32Array } | undefined {
  const [names, summaries, records] = lengths.map((length, index) =>
    startsIn(bytes, HEADER + index * 4 * (rows + 1), rows, length),
  );
  if (names === undefined || summaries === undefined || records === undefined) return undefined;
  const summariesAt = recordsAt - lengths[1];
  let sieveAt = recordsAt + lengths[2];
  const sieveIn = (grain: Grain): Sieve => {
    const [at, line] = [sieveAt, 4 * sieveLine(grain, rows)];
    sieveAt += 4 * sieveLength(grain, rows);
    return { grain, line: (hash) => tableIn(between(at + hash * line, at + (hash + 1) * line)) };
  };
  const layout: Layout = {
    rows,
    names: { text: bytes.subarray(summariesAt - lengths[0], summariesAt), starts: names },
    summaries: { text: bytes.subarray(summariesAt, recordsAt), starts: summaries },
    sieves: sieves > 0 ? GRAINS.map(sieveIn) : [],
    record: (row) => between(recordsAt + (records[row] ?? 0), recordsAt + (records[row + 1] ?? 0)),
  };
  return { layout, records };
}

/** Undefined where the offsets do not go from the text's beginning to its end. */
function startsIn(bytes: Buffer, table: number, rows: number, length: number): Uint32Array | undefined {
  const starts = tableIn(bytes.subarray(table, table + 4 * (rows + 1)));
  if (starts[0] !== 0 || starts[rows] !== length) return undefined;
  for (let row = 0, before = 0; row <= rows; row++) {
    const start = starts[row] ?? 0;
    if (start < before) return undefined;
    before = start;
  }
  return starts;
}

/** Numbers where they lie, or a copy where this machine reads them otherwise. */
function tableIn(bytes: Buffer): Uint32Array {
  if (endianness() === "LE" && bytes.byteOffset % 4 === 0)
    return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(4 * index));
}
