/** Bytes of a header, and what contents are filled up to. */
export const BLOCK = 512;

/** The header of one entry: ustar (POSIX.1-1988), with GNU's form for large numbers. */
export interface TarHeader {
  readonly name: string;
  /** Where a link leads. */
  readonly target: string;
  /** The letter that says what it is: `0` a file, `5` a folder, `L` a long name for what comes next. */
  readonly kind: string;
  /** Permission bits. */
  readonly mode: number;
  /** Bytes of its content. */
  readonly size: number;
}

/** What an entry says of the next one where a header is too small for it. */
export interface PaxFields {
  readonly path?: string;
  readonly linkpath?: string;
  readonly size?: number;
}

/** Undefined for the zeros that end an archive. Errors: RangeError for what is no header, or a damaged one. Pure. */
export function readHeader(block: Buffer): TarHeader | undefined {
  if (block[0] === 0 && block.every((byte) => byte === 0)) return undefined;
  if (numberIn(block, 148, 8) !== checksumOf(block)) throw new RangeError("this is no tar archive, or a damaged one");
  const prefix = textIn(block, 257, 6) === "ustar" ? textIn(block, 345, 155) : "";
  const name = textIn(block, 0, 100);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    target: textIn(block, 157, 100),
    kind: String.fromCharCode(block[156] ?? 0),
    mode: numberIn(block, 100, 8) & 0o7777,
    size: numberIn(block, 124, 12),
  };
}

/** The header of a file of root's that anybody may read and that is of no time. RangeError for a name that ustar cannot hold. Pure. */
export function headerFor(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const slash = Buffer.byteLength(name) > 100 ? name.lastIndexOf("/") : -1;
  const [folder, file] = [name.slice(0, Math.max(0, slash)), name.slice(slash + 1)];
  if (Buffer.byteLength(folder) > 155 || Buffer.byteLength(file) > 100)
    throw new RangeError(`${name} is too long a name`);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, "0")}\0`;
  header.write(file, 0);
  header.write(folder, 345);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8) + octal(0, 8), 108);
  header.write(octal(size, 12) + octal(0, 12), 124);
  header.write("0", 156);
  header.write("ustar\x0000", 257, "latin1");
  header.write(`${checksumOf(header).toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/**
 * Records of `length key=value` and a line's end (POSIX.1-2001, pax, "pax Extended Header"). Errors: RangeError for what is
 * none, and for a sparse file. Pure.
 */
export function paxFields(content: Buffer): PaxFields {
  const found: { path?: string; linkpath?: string; size?: number } = {};
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(32, at);
    const length = Number(content.toString("latin1", at, space));
    if (space < 0 || !Number.isInteger(length) || length <= space - at || at + length > content.length)
      throw new RangeError("what it says ahead of an entry is cut off");
    const record = content.toString("utf8", space + 1, at + length - 1);
    const [key, value] = [record.slice(0, record.indexOf("=")), record.slice(record.indexOf("=") + 1)];
    if (key === "path" || key === "linkpath") found[key] = value;
    if (key === "size") found.size = sizeIn(value);
    if (key.startsWith("GNU.sparse.")) throw new RangeError("it holds a sparse file");
    at += length;
  }
  return found;
}

function sizeIn(digits: string): number {
  const value = /^\d{1,16}$/.test(digits) ? Number(digits) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new RangeError("an entry has an impossible number");
  return value;
}

/** A content with what fills its last block. */
export function paddedSize(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** Up to the first zero. Pure. */
export function textIn(bytes: Buffer, at = 0, length = bytes.length - at): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString("utf8", at, end < 0 || end > at + length ? at + length : end);
}

/** Sum of the header's bytes, with blanks where the sum itself stands. */
function checksumOf(header: Buffer): number {
  let sum = 0;
  for (let index = 0; index < BLOCK; index += 1) sum += index >= 148 && index < 156 ? 32 : (header[index] ?? 0);
  return sum;
}

/** Octal digits, or what they cannot hold: the first bit set, then big-endian bytes. */
function numberIn(header: Buffer, at: number, length: number): number {
  const large = ((header[at] ?? 0) & 0x80) !== 0;
  const digits = textIn(header, at, length).trim();
  const bytes = header.subarray(at + 1, at + length);
  const value = large ? bytes.reduce((sum, byte) => sum * 256 + byte, 0) : Number.parseInt(digits || "0", 8);
  if ((!large && !/^[0-7]*$/.test(digits)) || !Number.isSafeInteger(value))
    throw new RangeError("an entry has an impossible number");
  return value;
}
