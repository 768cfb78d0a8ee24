import { gzipSync } from "node:zlib";

export interface TarItem {
  readonly name: string;
  /** As in the header: `0` file, `1` hard link, `2` symbolic link, `3` device, `5` folder, `6` pipe, `x` pax. Default: a file. */
  readonly type?: string;
  readonly content?: string | Buffer;
  readonly target?: string;
  readonly mode?: number;
}

const BLOCK = 512;

/** A ustar archive with just these entries, whatever they say; long names go ahead as pax (POSIX.1-2001). */
function tarWith(items: readonly TarItem[]): Buffer {
  return Buffer.concat([...items.flatMap(partsOf), Buffer.alloc(2 * BLOCK)]);
}

export function tarGz(items: readonly TarItem[]): Buffer {
  return gzipSync(tarWith(items));
}

function partsOf(item: TarItem): Buffer[] {
  const { name, type = "0", target = "" } = item;
  const content = Buffer.from(item.content ?? "");
  const ahead = [
    ...(Buffer.byteLength(name) > 100 ? [paxRecord("path", name)] : []),
    ...(Buffer.byteLength(target) > 100 ? [paxRecord("linkpath", target)] : []),
  ].join("");
  const pax = ahead === "" ? [] : partsOf({ name: "pax", type: "x", content: ahead });
  return [
    ...pax,
    header(item, type, content.length),
    content,
    Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK),
  ];
}

function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (Buffer.byteLength(`${length}${rest}`) !== length) length = Buffer.byteLength(`${length}${rest}`);
  return `${length}${rest}`;
}

function header({ name, target = "", mode = 0o644 }: TarItem, type: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, "0")}\0`;
  block.write(name, 0, 100);
  block.write(octal(mode, 8) + octal(0, 8) + octal(0, 8) + octal(size, 12) + octal(0, 12), 100);
  block.write("        ", 148);
  block.write(type, 156);
  block.write(target, 157, 100);
  block.write("ustar\u000000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
