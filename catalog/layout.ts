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
 *    16  bytes of the searched text u32   20  of the records u32   24  of the sieves u32 (sieve.ts), none in parts of an index
 *    28  CRC-32 of all from 64 on, u32   32  key: SHA-256 of what it was made from
 *    64  two tables of offsets u32, 2 * rows + 1 and rows + 1; the two texts in UTF-8, then the sieves
 *
 * Rows are sorted by name. What is searched is the name of the first row, its summary, the name of the second: in lower case, each ends in a newline. A
 * record has the fields as they are shown, with tabs between them.
 */
const MAGIC = Buffer.from("OMGCATLG", "latin1");
const VERSION = 5;
const HEADER = 64;

/** In the file's order: of each row its name and then its summary, and of each row its record. */
export type Texts = readonly [searched: Rows, records: Rows];

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
  /** The name of row n lies at 2 * n, its summary behind that: who looks at one has the other in the processor's cache. */
  readonly searched: Column;
  /** Of what is searched; none in a part. */
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
  const [searched, records] = texts.map(lengthOf) as [number, number];
  const sieves = use === "search" ? bytesOfSieves(rows) : 0;
  const places = placesIn({ rows, lengths: [searched, records] });
  const bytes = Buffer.alloc(places.sieves + sieves);
  MAGIC.copy(bytes);
  [VERSION, rows, searched, records, sieves].forEach((value, index) => {
    bytes.writeUInt32LE(value, 8 + 4 * index);
  });
  copyRows(texts[0], bytes, places.searched, HEADER + 4);
  copyRows(texts[1], bytes, places.records, places.recordStarts + 4);
  if (sieves > 0) {
    const column = {
      text: bytes.subarray(places.searched),
      starts: tableIn(bytes.subarray(HEADER, places.recordStarts)),
    };
    let at = places.sieves;
    for (const grain of GRAINS) for (const value of sieveOf(grain, column, rows)) at = bytes.writeUInt32LE(value, at);
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(HEADER)), 28);
  bytes.write(key, 32, "hex");
  return bytes;
}

/** Where the second table begins, and all that follows. */
function placesIn({ rows, lengths: [first, second] }: Pick<Header, "rows" | "lengths">) {
  const recordStarts = HEADER + 4 * (2 * rows + 1);
  const searched = recordStarts + 4 * (rows + 1);
  const records = searched + first;
  return { recordStarts, searched, records, sieves: records + second };
}

function bytesOfSieves(rows: number): number {
  return GRAINS.reduce((sum, grain) => sum + 4 * sieveLength(grain, rows), 0);
}

function lengthOf({ starts, ends }: Rows): number {
  let length = 0;
  for (let row = 0; row < starts.length; row++) length += (ends[row] ?? 0) - (starts[row] ?? 0);
  return length;
}

/** Writes rows one behind the other, and where each ends into a table. */
function copyRows({ texts, of, starts, ends }: Rows, into: Buffer, start: number, table: number): void {
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
}

/**
 * The parts of a file, or undefined for one that is cut off, damaged, of another version or made from something else: then it
 * is made again. Nothing in it is believed before it was checked, so that no answer reads beyond its end. Pure.
 */
export function decodeIndex(bytes: Buffer, key: string): WholeLayout | undefined {
  const header = headerOf(bytes, bytes.length, key);
  if (header === undefined || crc32(bytes.subarray(HEADER)) !== header.crc) return undefined;
  const parts = partsOf(bytes, header, (start, end) => bytes.subarray(start, end));
  const { records, sieves } = placesIn(header);
  return parts && { ...parts.layout, records: { text: bytes.subarray(records, sieves), starts: parts.records } };
}

/**
 * The same, for who keeps it long: what is searched lies in memory. What of the sieve is asked for, and records that are shown, are read out of
 * the file, which stays open. Errors: those of reading.
 */
export async function leanIndex(fd: number, key: string): Promise<Layout | undefined> {
  const { size } = fstatSync(fd);
  const header = headerOf(read(fd, 0, HEADER), size, key);
  if (header === undefined) return undefined;
  const kept = placesIn(header).records;
  const bytes = Buffer.allocUnsafeSlow(kept);
  // One buffer for all: as many as there are pieces would have to be collected.
  const passing = Buffer.allocUnsafeSlow(PIECE);
  let crc = 0;
  for (let at = 0; at < size; ) {
    const piece = at < kept ? bytes.subarray(at, at + PIECE) : passing.subarray(0, size - at);
    const count = await readSoon(fd, piece, at);
    if (count === 0) return undefined;
    crc = crc32(piece.subarray(Math.max(0, HEADER - at), count), crc);
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
  /** Bytes of the searched text, and of the records. */
  readonly lengths: readonly [number, number];
  readonly hasSieves: boolean;
  readonly crc: number;
}

function headerOf(bytes: Buffer, size: number, key: string): Header | undefined {
  if (bytes.length < HEADER || !bytes.subarray(0, 8).equals(MAGIC) || bytes.readUInt32LE(8) !== VERSION)
    return undefined;
  const [rows, searched, records, sieves, crc] = [12, 16, 20, 24, 28].map((at) => bytes.readUInt32LE(at)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (sieves !== 0 && sieves !== bytesOfSieves(rows)) return undefined;
  const header = { rows, lengths: [searched, records], hasSieves: sieves > 0, crc } as const;
  return placesIn(header).sieves + sieves === size && bytes.toString("hex", 32, 64) === key ? header : undefined;
}

/**
 * @param bytes of all that comes before the records, at least
 * @param between what of the file lies from one place to before another
 */
function partsOf(
  bytes: Buffer,
  header: Header,
  between: (start: number, end: number) => Buffer,
): { readonly layout: Layout; readonly records: Uint32Array } | undefined {
  const { rows, lengths, hasSieves } = header;
  const places = placesIn(header);
  const starts = startsIn(bytes.subarray(HEADER, places.recordStarts), lengths[0]);
  const records = startsIn(bytes.subarray(places.recordStarts, places.searched), lengths[1]);
  if (starts === undefined || records === undefined) return undefined;
  let sieveAt = places.sieves;
  const sieveIn = (grain: Grain): Sieve => {
    const [at, line] = [sieveAt, 4 * sieveLine(grain, rows)];
    sieveAt += 4 * sieveLength(grain, rows);
    return { grain, line: (hash) => tableIn(between(at + hash * line, at + (hash + 1) * line)) };
  };
  const layout: Layout = {
    rows,
    searched: { text: bytes.subarray(places.searched, places.records), starts },
    sieves: hasSieves ? GRAINS.map(sieveIn) : [],
    record: (row) => between(places.records + (records[row] ?? 0), places.records + (records[row + 1] ?? 0)),
  };
  return { layout, records };
}

/** Undefined where the offsets of a table do not go from the text's beginning to its end. */
function startsIn(table: Buffer, length: number): Uint32Array | undefined {
  const starts = tableIn(table);
  if (starts[0] !== 0 || starts[starts.length - 1] !== length) return undefined;
  for (let at = 1; at < starts.length; at++) if ((starts[at] ?? 0) < (starts[at - 1] ?? 0)) return undefined;
  return starts;
}

/** Numbers where they lie, or a copy where this machine reads them otherwise. */
function tableIn(bytes: Buffer): Uint32Array {
  if (endianness() === "LE" && bytes.byteOffset % 4 === 0)
    return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(4 * index));
}
