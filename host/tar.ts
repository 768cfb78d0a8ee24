import { OmgError } from "../schema/error.ts";
import { BLOCK, type PaxFields, paddedSize, paxFields, readHeader, type TarHeader, textIn } from "./tar-header.ts";

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

/**
 * The entries of a tar archive in order: ustar (POSIX.1-1988), pax (POSIX.1-2001) and GNU's long names. Nothing is written
 * anywhere. Errors: OmgError `archive-damaged` for what is no archive, or ends too early.
 */
export async function* tarMembers(pieces: AsyncIterable<Buffer>): AsyncGenerator<TarMember> {
  const reader = readerOf(pieces);
  let ahead: PaxFields = {};
  for (;;) {
    const header = await nextHeader(reader);
    if (header === undefined) return;
    const { kind, size: own } = header;
    if ("LKxg".includes(kind)) {
      ahead = { ...ahead, ...saidAhead(kind, await contentOf(reader, own, MAX_NAME)) };
      continue;
    }
    const type = TYPES[kind] ?? "other";
    // Links and folders have no content, whatever their header says (POSIX.1-2001, pax, "ustar Interchange Format").
    const size = type === "file" || type === "other" ? (ahead.size ?? own) : 0;
    const left = { bytes: size };
    yield {
      name: ahead.path ?? header.name,
      type,
      target: ahead.linkpath ?? header.target,
      mode: header.mode,
      size,
      content: () => reader.pieces(left),
    };
    ahead = {};
    await reader.skip(left.bytes + paddedSize(size) - size);
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

function saidAhead(kind: string, bytes: Buffer): PaxFields {
  if (kind === "L") return { path: textIn(bytes) };
  if (kind === "K") return { linkpath: textIn(bytes) };
  return kind === "x" ? orDamaged(() => paxFields(bytes)) : {};
}

async function nextHeader(reader: Reader): Promise<TarHeader | undefined> {
  const block = await reader.take(BLOCK);
  return block && orDamaged(() => readHeader(block));
}

async function contentOf(reader: Reader, size: number, most: number): Promise<Buffer> {
  if (size > most) throw tooLarge(size, most);
  const bytes = await reader.take(paddedSize(size));
  if (bytes === undefined) throw damaged("it ends within an entry");
  return bytes.subarray(0, size);
}

function orDamaged<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw damaged(cause.message);
  }
}

/** Takes bytes apart that come in pieces. */
export interface Reader {
  /** The next bytes; undefined where the archive has ended before. */
  take(count: number): Promise<Buffer | undefined>;
  /** So many as are left, as they come; counts them down. */
  pieces(left: { bytes: number }): AsyncGenerator<Buffer>;
  skip(count: number): Promise<void>;
}

/** Errors: OmgError `archive-damaged` where the bytes end within what `pieces` or `skip` want. */
export function readerOf(pieces: AsyncIterable<Buffer>): Reader {
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
