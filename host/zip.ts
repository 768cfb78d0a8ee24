import { closeSync, fstatSync, readSync } from "node:fs";
import { crc32, inflateRawSync } from "node:zlib";
import { OmgError } from "../schema/error.ts";
import { openRegular } from "./files.ts";

/** A file in an archive, as the archive's directory has it. */
export interface ZipEntry {
  /** Whatever stands there: nothing is ever written under it. */
  readonly name: string;
  /** Bytes, unpacked. */
  readonly size: number;
  /** As Unix has it, type included (stat(2), `st_mode`); 0 where the archive was not made on one. */
  readonly mode: number;
}

/** What an archive may hold. */
export interface ZipLimits {
  readonly entries: number;
  /** Bytes of one file, unpacked. */
  readonly entryBytes: number;
  /** Bytes of all that is read, unpacked. */
  readonly totalBytes: number;
}

interface Placed extends ZipEntry {
  readonly method: number;
  readonly packed: number;
  readonly crc: number;
  readonly offset: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const LONGEST_COMMENT = 0xffff;
const DIRECTORY_BYTES_PER_ENTRY = 46 + 3 * 0xffff;

/** Whether a file begins as such an archive does. */
export function looksLikeZip(start: string): boolean {
  return start.startsWith("PK\u0003\u0004") || start.startsWith("PK\u0005\u0006");
}

/**
 * The files of a ZIP archive (APPNOTE.TXT 6.3), one after the other, each unpacked in memory and held against its checksum.
 * @throws OmgError `archive-damaged` for what is none, is cut off, or holds more than the limits let it; system errors pass
 */
export function* zipFiles(path: string, limits: ZipLimits): Generator<{ readonly entry: ZipEntry; bytes: Buffer }> {
  const fd = openRegular(path);
  try {
    const archive = { fd, path, size: fstatSync(fd).size };
    let left = limits.totalBytes;
    for (const entry of directoryOf(archive, limits.entries)) {
      if (entry.size > Math.min(limits.entryBytes, left)) throw damaged(path, `it unpacks to more than it may`);
      const bytes = unpacked(archive, entry);
      left -= bytes.length;
      yield { entry, bytes };
    }
  } finally {
    closeSync(fd);
  }
}

interface Archive {
  readonly fd: number;
  readonly path: string;
  readonly size: number;
}

function directoryOf(archive: Archive, most: number): readonly Placed[] {
  const { count, offset, size } = endOf(archive);
  if (count > most) throw damaged(archive.path, `it holds ${count} files, and ${most} are the most`);
  if (size > count * DIRECTORY_BYTES_PER_ENTRY)
    throw damaged(archive.path, "its directory is larger than its files need");
  const directory = read(archive, offset, size);
  const found: Placed[] = [];
  for (let at = 0; found.length < count; ) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== ENTRY)
      throw damaged(archive.path, "its directory is cut off");
    const [nameLength, extra, comment] = [28, 30, 32].map((place) => directory.readUInt16LE(at + place));
    found.push({
      name: directory.toString("utf8", at + 46, at + 46 + (nameLength ?? 0)),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      packed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
      // APPNOTE.TXT 4.4.2 and 4.4.15: the system that made it, and what that keeps of a file
      mode: directory[at + 5] === 3 ? directory.readUInt16LE(at + 40) : 0,
    });
    at += 46 + (nameLength ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return found;
}

/** Where the directory is: the end of the archive says so, for many files in a form of its own. */
function endOf(archive: Archive): { readonly count: number; readonly offset: number; readonly size: number } {
  const length = Math.min(archive.size, END_SIZE + LONGEST_COMMENT);
  const tail = read(archive, archive.size - length, length);
  let at = length - END_SIZE;
  while (at >= 0 && tail.readUInt32LE(at) !== END) at -= 1;
  if (at < 0) throw damaged(archive.path, "it has no directory");
  const [count, size, offset] = [tail.readUInt16LE(at + 10), tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  if (count !== 0xffff && offset !== 0xffffffff) return { count, size, offset };
  if (at < 20 || tail.readUInt32LE(at - 20) !== LOCATOR_64) return { count, size, offset };
  const end = read(archive, Number(tail.readBigUInt64LE(at - 12)), 56);
  if (end.readUInt32LE(0) !== END_64) throw damaged(archive.path, "its directory is cut off");
  const [count64, size64, offset64] = [32, 40, 48].map((place) => Number(end.readBigUInt64LE(place)));
  return { count: count64 ?? 0, size: size64 ?? 0, offset: offset64 ?? 0 };
}

function unpacked(archive: Archive, { method, packed, size, offset, crc, name }: Placed): Buffer {
  const head = read(archive, offset, 30);
  if (head.readUInt32LE(0) !== LOCAL) throw damaged(archive.path, `${JSON.stringify(name)} is not where it should be`);
  const start = offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  const bytes = inflated(archive.path, read(archive, start, packed), method, size);
  if (bytes.length !== size || crc32(bytes) !== crc)
    throw damaged(archive.path, `${JSON.stringify(name)} is not what its checksum says`);
  return bytes;
}

function inflated(path: string, bytes: Buffer, method: number, size: number): Buffer {
  if (method === 0) return bytes;
  if (method !== 8) throw damaged(path, `a file in it is packed by method ${method}, which omg does not know`);
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(size, 1) });
  } catch (cause) {
    throw damaged(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function read({ fd, path, size }: Archive, offset: number, length: number): Buffer {
  if (offset < 0 || length < 0 || offset + length > size) throw damaged(path, "it is cut off");
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const count = readSync(fd, bytes, done, length - done, offset + done);
    if (count === 0) throw damaged(path, "it is cut off");
    done += count;
  }
  return bytes;
}

function damaged(path: string, reason: string, cause?: unknown): OmgError {
  return new OmgError({
    code: "archive-damaged",
    exit: "error",
    message: `${path} is no archive that could be read whole: ${reason}.`,
    state: "Nothing was taken from it.",
    hint: "Fetch it again.",
    cause,
  });
}
