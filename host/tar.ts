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

const BLOCK = 512;
/** Longest name that is believed. Bytes. */
const MAX_NAME = 1 << 16;
const TYPES: Readonly<Record<string, TarEntry["type"]>> = {
  "\0": "file",
  "0": "file",
  "7": "file",
  "1": "hard link",
  "2": "symbolic link",
};

/**
 * The first entry of a tar archive that is wanted; undefined where there is none. Reads ustar (POSIX.1-1988) and GNU's long names,
 * which is what dpkg reads (deb(5)). Nothing is written anywhere, and no more is read than is needed.
 * @param maxBytes largest content; what is larger is the error `archive-damaged`, as is what is no archive
 */
export async function findInTar(
  pieces: AsyncIterable<Buffer>,
  wanted: (name: string) => boolean,
  maxBytes: number,
): Promise<TarEntry | undefined> {
  const reader = readerOf(pieces);
  let long: { name?: string; target?: string } = {};
  for (;;) {
    const header = await reader.take(BLOCK);
    if (header === undefined || header.every((byte) => byte === 0)) return undefined;
    const size = numberAt(header, 124, 12);
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    const kind = String.fromCharCode(header[156] ?? 0);
    if (kind === "L" || kind === "K") {
      const value = textOf(await contentOf(reader, size, padded, MAX_NAME));
      long = { ...long, [kind === "L" ? "name" : "target"]: value };
      continue;
    }
    const name = long.name ?? ustarName(header);
    const target = long.target ?? textAt(header, 157, 100);
    long = {};
    const type = TYPES[kind] ?? "other";
    if (!wanted(name)) await reader.skip(padded);
    else return { name, type, target, content: await contentOf(reader, size, padded, maxBytes) };
  }
}

async function contentOf(reader: Reader, size: number, padded: number, most: number): Promise<Buffer> {
  if (size > most) throw damaged(`an entry has ${size} bytes, and ${most} may be`);
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
  skip(count: number): Promise<void>;
}

function readerOf(pieces: AsyncIterable<Buffer>): Reader {
  const iterator = pieces[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
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
    skip: async (count) => {
      let left = count - rest.length;
      rest = rest.subarray(Math.min(count, rest.length));
      while (left > 0) {
        const { value, done } = await iterator.next();
        if (done === true) throw damaged("it ends within an entry");
        rest = value.subarray(Math.min(left, value.length));
        left -= value.length;
      }
    },
  };
}

function damaged(reason: string): OmgError {
  return new OmgError({ code: "archive-damaged", exit: "error", message: `The archive cannot be read: ${reason}.` });
}
