import { BLOCK, headerFor, type PaxFields, paddedSize, paxFields, readHeader, textIn } from "./tar-header.ts";

/** A file in a tar archive. */
export interface TarEntry {
  /** As the archive has it, without `./` in front and without a slash behind. */
  readonly name: string;
  /** A view of the archive's own bytes. */
  readonly content: Buffer;
}

/**
 * Regular files of a tar archive that lies in memory, in order: ustar (POSIX.1-1988), pax paths and sizes (POSIX.1-2001) and
 * GNU long names. Errors: RangeError for anything that is no tar archive, or one that ends too early.
 */
export function* tarEntries(archive: Buffer): Generator<TarEntry> {
  let at = 0;
  let next: PaxFields = {};
  while (at + BLOCK <= archive.length) {
    const header = readHeader(archive.subarray(at, at + BLOCK));
    if (header === undefined) return;
    const size = next.size ?? header.size;
    const start = at + BLOCK;
    const content = archive.subarray(start, start + size);
    if (content.length < size) throw new RangeError("the archive ends in the middle of a file");
    at = start + paddedSize(size);
    const { kind } = header;
    if (kind === "x") next = { ...next, ...paxFields(content) };
    else if (kind === "L") next = { ...next, path: textIn(content) };
    else if (kind !== "g" && kind !== "K") {
      const name = next.path ?? header.name;
      next = {};
      if (kind === "0" || kind === "\0") yield { name: plainName(name), content };
    }
  }
  throw new RangeError("the archive ends too early");
}

/** By position: a pattern for slashes at the end takes for ever over a name that is all slashes but for its end. */
function plainName(name: string): string {
  const start = /^(?:\.\/)*/.exec(name)?.[0].length ?? 0;
  let end = name.length;
  while (end > start && name[end - 1] === "/") end -= 1;
  return name.slice(start, end);
}

/** A ustar archive of small files. Errors: those of `headerFor`. Pure. */
export function tarOf(files: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, text]) => {
    const content = Buffer.from(text);
    return [headerFor(name, content.length), content, Buffer.alloc(paddedSize(content.length) - content.length)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}
