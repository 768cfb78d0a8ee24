import { OmgError } from "../schema/error.ts";

/** One entry of an archive, with its content where that was asked for. */
export interface TarEntry {
  /** As it stands there: `./usr/share/doc/curl/copyright`. */
  readonly name: string;
  readonly type: "file" | "hard link" | "symbolic link" | "other";
  /** Where a link leads. */
  readonly target: string;
  readonly content: Buffer;
}

/** One entry on its way: its content comes when it is asked for, and is passed over where nobody does. */
export interface TarMember {
  /** As it stands there. */
  readonly name: string;
  readonly type: "file" | "folder" | "hard link" | "symbolic link" | "other";
  readonly target: string;
  /** Permission bits. */
  readonly mode: number;
  /** Bytes of the content. */
  readonly size: number;
  /** To be read before the next entry is asked for. */
  content(): AsyncIterable<Buffer>;
}

const BLOCK = 512;
/** Longest name that is believed. Bytes. */
const MAX_NAME = 1 << 16;
const TYPES: Readonly<Record<string, TarMember["type"]>> = {
  "\0": "file",
  "0": "file",
  "7": "file",
  "1": "hard link",
  "2": "symbolic link",
  "5": "folder",
};

/** What an entry before says of the next: names that fit into no header, sizes likewise. */
interface Ahead {
  readonly name?: string;
  readonly target?: string;
  readonly size?: number;
}

/**
 * The entries of a tar archive in order: ustar (POSIX.1-1988), pax (POSIX.1-2001) and GNU's long names. Nothing is written
 * anywhere. Errors: OmgError `archive-damaged` for what is no archive, or ends too early.
 */
export async function* tarMembers(pieces: AsyncIterable<Buffer>): AsyncGenerator<TarMember> {
  const reader = readerOf(pieces);
  let ahead: Ahead = {};
  for (;;) {
    const header = await reader.take(BLOCK);
    if (header === undefined || header.every((byte) => byte === 0)) return;
    refuseBroken(header);
    const own = numberAt(header, 124, 12);
    const kind = String.fromCharCode(header[156] ?? 0);
    if ("LKxg".includes(kind)) {
      const bytes = await contentOf(reader, own, padding(own), MAX_NAME);
      ahead = { ...ahead, ...saidAhead(kind, bytes) };
      continue;
    }
    const type = TYPES[kind] ?? "other";
    // Links and folders have no content, whatever their header says (POSIX.1-2001, pax, "ustar Interchange Format").
    const size = type === "file" || type === "other" ? (ahead.size ?? own) : 0;
    const left = { bytes: size };
    yield {
      name: ahead.name ?? ustarName(header),
      type,
      target: ahead.target ?? textAt(header, 157, 100),
      mode: numberAt(header, 100, 8) & 0o7777,
      size,
      content: () => reader.pieces(left),
    };
    ahead = {};
    await reader.skip(left.bytes + padding(size) - size);
  }
}

/**
 * The first entry of a tar archive that is wanted; undefined where there is none. No more is read than is needed.
 * @param maxBytes largest content; what is larger is the error `archive-damaged`, as is what is no archive
 */
export async function findInTar(
  pieces: AsyncIterable<Buffer>,
  wanted: (name: string) => boolean,
  maxBytes: number,
): Promise<TarEntry | undefined> {
  for await (const { name, type, target, size, content } of tarMembers(pieces)) {
    if (!wanted(name)) continue;
    if (size > maxBytes) throw tooLarge(size, maxBytes);
    const parts: Buffer[] = [];
    for await (const piece of content()) parts.push(Buffer.from(piece));
    return { name, type: type === "folder" ? "other" : type, target, content: Buffer.concat(parts) };
  }
  return undefined;
}

function padding(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function saidAhead(kind: string, bytes: Buffer): Ahead {
  if (kind === "L") return { name: textOf(bytes) };
  if (kind === "K") return { target: textOf(bytes) };
  return kind === "x" ? paxFields(bytes) : {};
}

/** Records of `length key=value` and a line's end (POSIX.1-2001, pax, "pax Extended Header"). */
function paxFields(content: Buffer): Ahead {
  const found: { name?: string; target?: string; size?: number } = {};
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(32, at);
    const length = Number(content.toString("latin1", at, space));
    if (space < 0 || !Number.isInteger(length) || length <= space - at || at + length > content.length)
      throw damaged("what it says ahead of an entry is cut off");
    const record = content.toString("utf8", space + 1, at + length - 1);
    const [key, value] = [record.slice(0, record.indexOf("=")), record.slice(record.indexOf("=") + 1)];
    if (key === "path") found.name = value;
    if (key === "linkpath") found.target = value;
    if (key === "size") found.size = wholeNumber(/^\d{1,16}$/.test(value) ? Number(value) : Number.NaN);
    if (key.startsWith("GNU.sparse.")) throw damaged("it holds a sparse file");
    at += length;
  }
  return found;
}

/** The header's own checksum (ustar): the sum of its bytes, with blanks where the sum itself stands. */
function refuseBroken(header: Buffer): void {
  let sum = 0;
  for (let index = 0; index < BLOCK; index += 1) sum += index >= 148 && index < 156 ? 32 : (header[index] ?? 0);
  if (numberAt(header, 148, 8) !== sum) throw damaged("a header is not what its checksum says");
}

async function contentOf(reader: Reader, size: number, padded: number, most: number): Promise<Buffer> {
  if (size > most) throw tooLarge(size, most);
  const bytes = await reader.take(padded);
  if (bytes === undefined) throw damaged("it ends within an entry");
  return bytes.subarray(0, size);
}

function ustarName(header: Buffer): string {
  const prefix = textAt(header, 257, 6) === "ustar" ? textAt(header, 345, 155) : "";
  const name = textAt(header, 0, 100);
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Octal digits, or GNU's form for large numbers: the first bit set, then big-endian bytes. */
function numberAt(header: Buffer, at: number, length: number): number {
  const field = header.subarray(at, at + length);
  if (((field[0] ?? 0) & 0x80) !== 0) return wholeNumber(field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0));
  const digits = textOf(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw damaged("an entry has no size");
  return wholeNumber(digits === "" ? 0 : Number.parseInt(digits, 8));
}

function wholeNumber(value: number): number {
  if (!Number.isSafeInteger(value)) throw damaged("an entry has an impossible size");
  return value;
}

function textAt(header: Buffer, at: number, length: number): string {
  return textOf(header.subarray(at, at + length));
}

function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end === -1 ? bytes.length : end);
}

interface Reader {
  /** The next bytes; undefined where the archive has ended before. */
  take(count: number): Promise<Buffer | undefined>;
  /** So many as are left, as they come; counts them down. */
  pieces(left: { bytes: number }): AsyncGenerator<Buffer>;
  skip(count: number): Promise<void>;
}

function readerOf(pieces: AsyncIterable<Buffer>): Reader {
  const iterator = pieces[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const next = async (): Promise<Buffer> => {
    const { value, done } = await iterator.next();
    if (done === true) throw damaged("it ends within an entry");
    return value;
  };
  return {
    take: async (count) => {
      const parts = [rest];
      for (let have = rest.length; have < count; ) {
        const { value, done } = await iterator.next();
        if (done === true) return undefined;
        parts.push(value);
        have += value.length;
      }
      const all = parts.length === 1 ? rest : Buffer.concat(parts);
      rest = all.subarray(count);
      return all.subarray(0, count);
    },
    pieces: async function* (left) {
      while (left.bytes > 0) {
        if (rest.length === 0) rest = await next();
        const piece = rest.subarray(0, left.bytes);
        rest = rest.subarray(piece.length);
        left.bytes -= piece.length;
        yield piece;
      }
    },
    skip: async (count) => {
      let left = count - rest.length;
      rest = rest.subarray(Math.min(count, rest.length));
      while (left > 0) {
        const piece = await next();
        rest = piece.subarray(Math.min(left, piece.length));
        left -= piece.length;
      }
    },
  };
}

function tooLarge(size: number, most: number): OmgError {
  return damaged(`an entry has ${size} bytes, and ${most} may be`);
}

function damaged(reason: string): OmgError {
  return new OmgError({ code: "archive-damaged", exit: "error", message: `The archive cannot be read: ${reason}.` });
}
