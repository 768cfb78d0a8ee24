/** A file in a tar archive. */
export interface TarEntry {
  /** As the archive has it, without `./` in front and without a slash behind. */
  readonly name: string;
  /** A view of the archive's own bytes. */
  readonly content: Buffer;
}

const BLOCK = 512;

/**
 * Regular files of a tar archive that lies in memory, in order: ustar (POSIX.1-1988), pax paths and sizes (POSIX.1-2001) and
 * GNU long names. Errors: RangeError for anything that is no tar archive, or one that ends too early.
 */
export function* tarEntries(archive: Buffer): Generator<TarEntry> {
  let at = 0;
  let next: { path?: string; size?: number } = {};
  while (at + BLOCK <= archive.length) {
    const header = archive.subarray(at, at + BLOCK);
    if (header[0] === 0) return;
    refuseBroken(header);
    const size = next.size ?? numberIn(header, 124, 12);
    const start = at + BLOCK;
    const content = archive.subarray(start, start + size);
    if (content.length < size) throw new RangeError("the archive ends in the middle of a file");
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === "x") next = { ...next, ...paxFields(content) };
    else if (type === "L") next = { ...next, path: textIn(content, 0, content.length) };
    else if (type !== "g" && type !== "K") {
      const name = next.path ?? nameIn(header);
      next = {};
      if (type === "0" || type === "\0") yield { name: name.replace(/^(?:\.\/)+/, "").replace(/\/+$/, ""), content };
    }
  }
  throw new RangeError("the archive ends too early");
}

/** A ustar archive of small files that belong to root and are of no time. RangeError for a name that ustar cannot hold. */
export function tarOf(files: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, text]) => {
    const content = Buffer.from(text);
    return [headerOf(name, content.length), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function headerOf(name: string, size: number): Buffer {
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

function refuseBroken(header: Buffer): void {
  if (numberIn(header, 148, 8) !== checksumOf(header)) throw new RangeError("this is no tar archive, or a damaged one");
}

/** Sum of the header's bytes, with blanks where the sum itself stands. */
function checksumOf(header: Buffer): number {
  let sum = 0;
  for (let index = 0; index < BLOCK; index += 1) sum += index >= 148 && index < 156 ? 32 : (header[index] ?? 0);
  return sum;
}

/** Octal digits, or GNU's big-endian form for what they cannot hold. */
function numberIn(header: Buffer, at: number, length: number): number {
  if (((header[at] ?? 0) & 0x80) !== 0) return header.readUIntBE(at + length - 6, 6);
  const value = Number.parseInt(textIn(header, at, length).trim() || "0", 8);
  if (Number.isNaN(value)) throw new RangeError("this is no tar archive, or a damaged one");
  return value;
}

function nameIn(header: Buffer): string {
  const isUstar = textIn(header, 257, 6).startsWith("ustar");
  const prefix = isUstar && header[262] === 0 ? textIn(header, 345, 155) : "";
  const name = textIn(header, 0, 100);
  return prefix === "" ? name : `${prefix}/${name}`;
}

function textIn(bytes: Buffer, at: number, length: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString("utf8", at, end < 0 || end > at + length ? at + length : end);
}

/** Records of `length key=value\n`. */
function paxFields(content: Buffer): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(32, at);
    const length = Number(content.toString("latin1", at, space));
    if (space < 0 || !Number.isInteger(length) || length <= space - at) break;
    const record = content.toString("utf8", space + 1, at + length - 1);
    if (record.startsWith("path=")) found.path = record.slice(5);
    if (record.startsWith("size=")) found.size = Number(record.slice(5));
    at += length;
  }
  return found;
}
