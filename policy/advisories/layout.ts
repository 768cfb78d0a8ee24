import type { NameTable } from "../../host/package-list/name-table.ts";
import type { Severity } from "../../schema/model/vulnerability.ts";
import type { AffectedVersions } from "../osv/ranges.ts";

/** What one list says about one package. */
export interface Advisory extends AffectedVersions {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly severity: Severity;
  readonly score?: number;
  readonly urgency?: string;
}

/** What a database was made from. */
export interface DatabaseFacts {
  /** What it is about, as OSV calls it, without a release: `Debian`; `Arch` for Arch's tracker. */
  readonly ecosystem: string;
  /** RFC 3339: how new its contents are. */
  readonly date: string;
  /** RFC 3339: when they were fetched. */
  readonly fetched: string;
  /** Address or path of the dump. */
  readonly from: string;
  /** Hex SHA-256 of the dump. */
  readonly sha256: string;
  /** Records that count, and those that could not be read. */
  readonly records: number;
  readonly unreadable: number;
  /** As the server gave it, to be asked whether the dump has changed. */
  readonly etag?: string;
  readonly lastModified?: string;
}

/** All of a database but the advisories themselves. */
export interface DatabaseIndex {
  readonly facts: DatabaseFacts;
  /** One name for each package: `Debian:12 openssl`, sorted. */
  readonly names: NameTable;
  /** Where each one's advisories end, a JSON list, from `start` on. */
  readonly ends: Uint32Array;
  /** Byte of the file where the advisories begin. */
  readonly start: number;
}

interface Header {
  readonly format: typeof FORMAT;
  readonly facts: DatabaseFacts;
  /** Bytes of the names, and how many there are. */
  readonly nameBytes: number;
  readonly count: number;
}

/** The last part of it is raised whenever what is written means something else. */
const FORMAT = "omg-advisories-1";
export const LONGEST_HEADER = 64 * 1024;

/** Name of a package in the table. UTF-8, byte by byte, so that the table's order is that of the bytes. */
export function nameOf(ecosystem: string, name: string): string {
  return Buffer.from(`${ecosystem} ${name}`).toString("latin1");
}

/** A length, the header as JSON, names, ends of names, ends of advisories. Of this machine's byte order. */
export function encodeIndex(facts: DatabaseFacts, names: NameTable, ends: Uint32Array): Buffer {
  const header: Header = { format: FORMAT, facts, nameBytes: names.bytes.length, count: ends.length };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, names.bytes, bytesOf(names.ends), bytesOf(ends)]);
}

/** Bytes of the index in a file that begins so; undefined for a file that omg did not write. */
export function indexLength(start: Buffer): number | undefined {
  const header = headerOf(start);
  return header === undefined ? undefined : lengthOf(start, header);
}

/** Undefined for anything that `encodeIndex` did not write whole. */
export function decodeIndex(bytes: Buffer, fileSize: number): DatabaseIndex | undefined {
  const header = headerOf(bytes);
  if (header === undefined || lengthOf(bytes, header) !== bytes.length) return undefined;
  const { facts, nameBytes, count } = header;
  const at = 4 + bytes.readUInt32LE(0);
  const names = { bytes: bytes.subarray(at, at + nameBytes), ends: numbersAt(bytes, at + nameBytes, count) };
  const ends = numbersAt(bytes, at + nameBytes + 4 * count, count);
  return (ends.at(-1) ?? 0) + bytes.length === fileSize ? { facts, names, ends, start: bytes.length } : undefined;
}

function lengthOf(start: Buffer, { nameBytes, count }: Header): number {
  return 4 + start.readUInt32LE(0) + nameBytes + 8 * count;
}

function headerOf(start: Buffer): Header | undefined {
  const length = start.length < 4 ? undefined : start.readUInt32LE(0);
  if (length === undefined || length > LONGEST_HEADER || 4 + length > start.length) return undefined;
  try {
    const header = JSON.parse(start.toString("utf8", 4, 4 + length)) as Partial<Header> | null;
    return header?.format === FORMAT ? (header as Header) : undefined;
  } catch {
    return undefined;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A copy: the bytes of a file need not lie on a border in memory. */
function numbersAt(bytes: Buffer, at: number, count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  Buffer.from(numbers.buffer).set(bytes.subarray(at, at + 4 * count));
  return numbers;
}
