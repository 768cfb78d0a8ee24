import { crc32, deflateRawSync } from "node:zlib";

export interface ZipOptions {
  /** Write the end in its 64-bit form, as archives of more than 65,535 files have it. */
  readonly zip64?: boolean;
  /** Sizes that the directory states, in place of the true ones. */
  readonly sizes?: ReadonlyMap<string, number>;
  readonly stored?: boolean;
}

/** A ZIP archive of these files, by name. */
export function zipOf(
  files: Iterable<readonly [name: string, content: string | Buffer]>,
  options: ZipOptions = {},
): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const bytes = Buffer.from(content);
    const packed = options.stored === true ? bytes : deflateRawSync(bytes);
    const size = options.sizes?.get(name) ?? bytes.length;
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(options.stored === true ? 0 : 8, 4);
    shared.writeUInt32LE(crc32(bytes), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(size, 18);
    shared.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from("PK\u0003\u0004"), shared, Buffer.from(name), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\u0001\u0002\u0014\u0000"), shared, place, Buffer.from(name)]));
    pieces.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  return Buffer.concat([...pieces, listed, endOf(directory.length, listed.length, offset, options.zip64 === true)]);
}

function endOf(count: number, size: number, offset: number, isLarge: boolean): Buffer {
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", "latin1");
  for (const at of [8, 10]) end.writeUInt16LE(isLarge || count > 0xfffe ? 0xffff : count, at);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(isLarge ? 0xffffffff : offset, 16);
  if (!isLarge && count <= 0xfffe) return end;
  const large = Buffer.alloc(56);
  large.write("PK\u0006\u0006", "latin1");
  large.writeBigUInt64LE(44n, 4);
  for (const at of [24, 32]) large.writeBigUInt64LE(BigInt(count), at);
  large.writeBigUInt64LE(BigInt(size), 40);
  large.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.write("PK\u0006\u0007", "latin1");
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([large, locator, end]);
}
