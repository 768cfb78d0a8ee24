import { readSoon } from "../files.ts";
import type { NameTable } from "./name-table.ts";

/** Where builds stand in one unpacked Packages file. Entries are sorted by name, and keep the file's order within one. */
export interface BuildIndex {
  /** Hex SHA-256 and bytes of the unpacked file. */
  readonly sha256: string;
  readonly size: number;
  readonly architectures: readonly string[];
  /** One name for each entry. */
  readonly names: NameTable;
  /** Bytes in the unpacked file. */
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  /** Number in `architectures`. */
  readonly arches: Uint32Array;
}

/** And where what they provide does. */
export interface ListIndex extends BuildIndex {
  /** The file that it was made from; see file-stamp.ts. */
  readonly stamp: string;
  /** Each name that something provides, once. */
  readonly provided: NameTable;
  /** Of each provided name, where its entries begin in `providers`; one more at the end. */
  readonly providedStarts: Uint32Array;
  /** Numbers of entries. */
  readonly providers: Uint32Array;
}

interface Header extends Pick<ListIndex, "stamp" | "sha256" | "size" | "architectures"> {
  readonly format: typeof FORMAT;
  /** Bytes of each section, in the order of the file. */
  readonly sections: readonly number[];
}

const FORMAT = "omg-package-list-1";

/** A length, the header as JSON, then each section on a border of four bytes. Of this machine's byte order: it is a cache. */
export function encodeIndex(index: ListIndex): Buffer {
  const { stamp, sha256, size, architectures, names, provided } = index;
  const numbers = [names.ends, index.starts, index.lengths, index.arches];
  const sections = [
    names.bytes,
    ...numbers.map(bytesOf),
    provided.bytes,
    ...[provided.ends, index.providedStarts, index.providers].map(bytesOf),
  ];
  const header: Header = {
    format: FORMAT,
    stamp,
    sha256,
    size,
    architectures,
    sections: sections.map(({ length }) => length),
  };
  const text = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(4);
  start.writeUInt32LE(text.length);
  return Buffer.concat([start, text, ...sections].flatMap(aligned));
}

/** Undefined for anything that `encodeIndex` did not write whole. */
export function decodeIndex(file: Buffer): ListIndex | undefined {
  const header = headerOf(file);
  if (header === undefined) return undefined;
  let at = border(4) + border(file.readUInt32LE(0));
  const sections = header.sections.map((length) => {
    const section = file.subarray(at, at + length);
    at += border(length);
    return section;
  });
  const [names, ends, starts, lengths, arches, provided, providedEnds, providedStarts, providers] = sections;
  if (at !== file.length || names === undefined || provided === undefined) return undefined;
  const { stamp, sha256, size, architectures } = header;
  return {
    stamp,
    sha256,
    size,
    architectures,
    names: { bytes: names, ends: numbersOf(ends) },
    starts: numbersOf(starts),
    lengths: numbersOf(lengths),
    arches: numbersOf(arches),
    provided: { bytes: provided, ends: numbersOf(providedEnds) },
    providedStarts: numbersOf(providedStarts),
    providers: numbersOf(providers),
  };
}

/** Sections of a `BuildIndex`: they come first. */
const OF_BUILDS = 5;

/** The part about builds, and no more of the file in memory; undefined for anything that `encodeIndex` did not write whole. */
export async function readBuildIndex(fd: number, size: number): Promise<BuildIndex | undefined> {
  const start = await readAt(fd, 0, 4);
  if (start.length < 4 || 4 + start.readUInt32LE(0) > size) return undefined;
  const header = headerOf(await readAt(fd, 0, 4 + start.readUInt32LE(0)));
  if (header === undefined) return undefined;
  const first = 4 + border(start.readUInt32LE(0));
  const lengths = header.sections.map(border);
  if (first + total(lengths) !== size) return undefined;
  const bytes = await readAt(fd, first, total(lengths.slice(0, OF_BUILDS)));
  let at = 0;
  const [names, ends, starts, places, arches] = lengths.slice(0, OF_BUILDS).map((length, number) => {
    const section = bytes.subarray(at, at + (header.sections[number] ?? 0));
    at += length;
    return section;
  });
  if (names === undefined) return undefined;
  const { sha256, size: unpacked, architectures } = header;
  return {
    sha256,
    size: unpacked,
    architectures,
    names: { bytes: names, ends: numbersIn(ends) },
    starts: numbersIn(starts),
    lengths: numbersIn(places),
    arches: numbersIn(arches),
  };
}

function total(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}

/** Fewer bytes where the file ends before. */
async function readAt(fd: number, at: number, length: number): Promise<Buffer> {
  // On a border of its own, for numbers in it.
  const bytes = Buffer.allocUnsafeSlow(length);
  return bytes.subarray(0, await readSoon(fd, bytes, at));
}

/** Numbers where they lie: sections of a buffer of its own stand on borders of four bytes. */
function numbersIn(bytes: Buffer | undefined): Uint32Array {
  return bytes === undefined ? new Uint32Array() : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
}

function headerOf(file: Buffer): Header | undefined {
  if (file.length < 4 || 4 + file.readUInt32LE(0) > file.length) return undefined;
  try {
    const header = JSON.parse(file.toString("utf8", 4, 4 + file.readUInt32LE(0))) as Partial<Header> | null;
    return header?.format === FORMAT && header.sections?.length === 9 ? (header as Header) : undefined;
  } catch {
    return undefined;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A copy: the bytes of a file need not lie on a border in memory. */
function numbersOf(bytes: Buffer | undefined): Uint32Array {
  const numbers = new Uint32Array((bytes?.length ?? 0) >>> 2);
  if (bytes !== undefined) Buffer.from(numbers.buffer).set(bytes.subarray(0, numbers.byteLength));
  return numbers;
}

function border(length: number): number {
  return (length + 3) & ~3;
}

function aligned(section: Buffer): Buffer[] {
  return [section, Buffer.alloc(border(section.length) - section.length)];
}
