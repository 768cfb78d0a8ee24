import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";
import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { closeSoon, makeFolder, replaceThrough, writeWhole } from "../host/files.ts";
import { openOwn } from "../host/own-file.ts";

/**
 * Records by name in one file, for a reader that keeps little of it in memory. Little-endian:
 *
 *     0  magic "OMGBOOK1"    8  records u32   12  blocks u32   16  bytes of `about` u32   20  of the names u32
 *    24  CRC-32 of all between the header and the blocks, u32   28  bytes of the blocks u32
 *    32  tables of u32: where each name ends (records), its block (records), where it begins in that (records), where each block ends
 *        (blocks); then `about` as JSON, the names in order, and the blocks, each packed (RFC 1951)
 *
 * A record is its length (u32) and its bytes.
 */
const MAGIC = Buffer.from("OMGBOOK1", "latin1");
const HEADER = 32;
/** Bytes of records that are packed together. */
const BLOCK = 32 * 1024;
const LARGEST_HEAD = 64 << 20;
const LARGEST_BLOCK = 64 << 20;

export interface Book<About> {
  /** What the writer said of the whole. */
  readonly about: About;
  /** The record of exactly this name. System errors pass; a book that is damaged throws. */
  get(name: string): Buffer | undefined;
  close(): void;
}

/**
 * Writes a book in the place of an earlier one. `records`: in order of their names, by UTF-16 units, each once. Holds the names, and little of
 * the rest. Errors: OmgError `disk-full`; system errors pass.
 */
export function writeBook(
  path: string,
  about: unknown,
  records: Iterable<readonly [name: string, record: string]>,
): void {
  makeFolder(dirname(path));
  const { names, tables, blocks } = packed(records);
  const texts = [Buffer.from(JSON.stringify(about)), Buffer.from(names.join(""))] as const;
  const head = Buffer.concat([...tables.map(littleEndian), ...texts]);
  const header = Buffer.alloc(HEADER);
  MAGIC.copy(header);
  const blocksLength = blocks.reduce((sum, { length }) => sum + length, 0);
  [names.length, blocks.length, texts[0].length, texts[1].length, crc32(head), blocksLength].forEach((value, index) => {
    header.writeUInt32LE(value, 8 + 4 * index);
  });
  replaceThrough(path, (temporary) => {
    const fd = openSync(temporary, "wx", 0o600);
    try {
      for (const bytes of [header, head, ...blocks]) writeWhole(fd, bytes);
    } finally {
      closeSync(fd);
    }
  });
}

interface Packing {
  readonly names: string[];
  /** As in the file. */
  readonly tables: readonly [nameEnds: number[], blocksOf: number[], startsOf: number[], blockEnds: number[]];
  readonly blocks: Buffer[];
}

function packed(records: Iterable<readonly [name: string, record: string]>): Packing {
  const packing: Packing = { names: [], tables: [[], [], [], []], blocks: [] };
  const { names, tables, blocks } = packing;
  const [nameEnds, blocksOf, startsOf, blockEnds] = tables;
  let open: Buffer[] = [];
  let size = 0;
  const close = () => {
    const block = deflateRawSync(Buffer.concat(open, size), { level: 1 });
    blockEnds.push((blockEnds.at(-1) ?? 0) + block.length);
    blocks.push(block);
    open = [];
    size = 0;
  };
  for (const [name, text] of records) {
    const record = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(record.length);
    names.push(name);
    nameEnds.push((nameEnds.at(-1) ?? 0) + Buffer.byteLength(name));
    blocksOf.push(blocks.length);
    startsOf.push(size);
    open.push(length, record);
    size += length.length + record.length;
    if (size >= BLOCK) close();
  }
  if (size > 0) close();
  return packing;
}

function littleEndian(table: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * table.length);
  table.forEach((value, index) => {
    bytes.writeUInt32LE(value, 4 * index);
  });
  return bytes;
}

/** Opens a book that this user wrote; undefined for one that is missing, damaged or somebody else's. The file stays open until `close`. */
export function openBook<About>(path: string): Book<About> | undefined {
  const fd = openOwn(path);
  if (fd === undefined) return undefined;
  try {
    const book = bookIn<About>(fd);
    if (book === undefined) closeSync(fd);
    return book;
  } catch {
    closeSync(fd);
    return undefined;
  }
}

function bookIn<About>(fd: number): Book<About> | undefined {
  const header = readAt(fd, 0, HEADER);
  if (!header.subarray(0, 8).equals(MAGIC)) return undefined;
  const [records, blocks, aboutLength, namesLength, crc, blocksLength] = [8, 12, 16, 20, 24, 28].map((at) =>
    header.readUInt32LE(at),
  ) as [number, number, number, number, number, number];
  const length = 12 * records + 4 * blocks + aboutLength + namesLength;
  if (length > LARGEST_HEAD || fstatSync(fd).size !== HEADER + length + blocksLength) return undefined;
  const head = readAt(fd, HEADER, length);
  if (crc32(head) !== crc) return undefined;
  const table = (index: number) => (row: number) => head.readUInt32LE(4 * (index * records + row));
  const [nameEnd, blockOf, startOf, blockEnd] = [table(0), table(1), table(2), table(3)];
  const text = 12 * records + 4 * blocks + aboutLength;
  const nameAt = (row: number) => head.toString("utf8", text + (row === 0 ? 0 : nameEnd(row - 1)), text + nameEnd(row));
  return {
    about: JSON.parse(head.toString("utf8", text - aboutLength, text)) as About,
    get: (name) => {
      const row = rowOf(name, records, nameAt);
      if (row === undefined) return undefined;
      const block = blockOf(row);
      const begin = block === 0 ? 0 : blockEnd(block - 1);
      const packed = readAt(fd, HEADER + length + begin, blockEnd(block) - begin);
      const unpacked = inflateRawSync(packed, { maxOutputLength: LARGEST_BLOCK });
      const at = startOf(row) + 4;
      return unpacked.subarray(at, at + unpacked.readUInt32LE(at - 4));
    },
    close: () => closeSoon(fd),
  };
}

function rowOf(name: string, rows: number, nameAt: (row: number) => string): number | undefined {
  let [low, high] = [0, rows];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (nameAt(middle) < name) low = middle + 1;
    else high = middle;
  }
  return low < rows && nameAt(low) === name ? low : undefined;
}

function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const count = readSync(fd, bytes, done, length - done, position + done);
    if (count === 0) throw new Error("a file of omg's cache ends before its own end");
    done += count;
  }
  return bytes;
}
