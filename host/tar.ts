import { OmgError } from "../schema/error.ts";
import { BLOCK, paddedSize, readHeader, type TarHeader, textIn } from "./tar-header.ts";

/** One entry of an archive, with its content where that was asked for. */
export interface TarEntry {
  /** As it stands there: `./usr/share/doc/curl/copyright`. */
  readonly name: string;
  readonly type: "file" | "hard link" | "symbolic link" | "other";
  /** Where a link leads. */
  readonly target: string;
  readonly content: Buffer;
}

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
    const header = await nextHeader(reader);
    if (header === undefined) return undefined;
    const { kind, size } = header;
    if (kind === "L" || kind === "K") {
      const value = textIn(await contentOf(reader, size, MAX_NAME));
      long = { ...long, [kind === "L" ? "name" : "target"]: value };
      continue;
    }
    const { name, target } = { ...header, ...long };
    long = {};
    const type = TYPES[kind] ?? "other";
    if (!wanted(name)) await reader.skip(paddedSize(size));
    else return { name, type, target, content: await contentOf(reader, size, maxBytes) };
  }
}

async function nextHeader(reader: Reader): Promise<TarHeader | undefined> {
  const block = await reader.take(BLOCK);
  try {
    return block && readHeader(block);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw damaged(cause.message);
  }
}

async function contentOf(reader: Reader, size: number, most: number): Promise<Buffer> {
  if (size > most) throw damaged(`an entry has ${size} bytes, and ${most} may be`);
  const bytes = await reader.take(paddedSize(size));
  if (bytes === undefined) throw damaged("it ends within an entry");
  return bytes.subarray(0, size);
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
