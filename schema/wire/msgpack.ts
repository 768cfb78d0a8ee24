import { isUtf8 } from "node:buffer";

/** What a message can hold: what JSON has, and bytes. Members without a value are left out. */
export type Packed =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | PackedBefore
  | readonly Packed[]
  | { readonly [name: string]: Packed | undefined };

/** A value that is packed already. */
export class PackedBefore {
  readonly bytes: Uint8Array;
  constructor(value: Packed) {
    // In memory of its own, and no more than it takes: it may be kept.
    this.bytes = new Uint8Array(pack(value));
  }
}

/** Bytes that are no message, and why. */
export class MalformedMessage extends Error {}

/** How deep lists and maps may lie in one another. */
const DEEPEST = 32;

/**
 * The shortest plain MessagePack of a value (https://github.com/msgpack/msgpack/blob/master/spec.md): no extensions.
 * @param before bytes that are left free in front of it
 */
export function pack(value: Packed, before = 0): Buffer {
  const writer = new Writer(before);
  writer.put(value);
  return writer.written();
}

/** Bytes that are there at first, and beyond what is known to come. */
const ROOM = 512;
/** Bytes of UTF-8 for one unit of a text, at most. */
const WIDEST_UNIT = 3;

/** One buffer that grows: an answer has thousands of values, and a buffer for each would have to be collected. */
class Writer {
  #bytes = Buffer.allocUnsafe(ROOM);
  #at: number;

  constructor(at: number) {
    this.#at = at;
  }

  written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  put(value: Packed): void {
    if (value === null) this.#byte(0xc0);
    else if (typeof value === "boolean") this.#byte(value ? 0xc3 : 0xc2);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "string") this.#text(value);
    else if (value instanceof PackedBefore) this.#raw(value.bytes);
    else if (value instanceof Uint8Array) {
      this.#sized(value.length, 0xc4, 0xc5, 0xc6);
      this.#raw(value);
    } else if (isList(value)) {
      if (value.length < 16) this.#byte(0x90 | value.length);
      else this.#sized(value.length, undefined, 0xdc, 0xdd);
      for (const each of value) this.put(each);
    } else this.#map(value);
  }

  #map(value: { readonly [name: string]: Packed | undefined }): void {
    const names = Object.keys(value).filter((name) => value[name] !== undefined);
    if (names.length < 16) this.#byte(0x80 | names.length);
    else this.#sized(names.length, undefined, 0xde, 0xdf);
    for (const name of names) {
      this.#text(name);
      this.put(value[name] as Packed);
    }
  }

  #text(text: string): void {
    const most = text.length * WIDEST_UNIT;
    const length = most < 32 ? most : Buffer.byteLength(text);
    if (length >= 32) this.#sized(length, 0xd9, 0xda, 0xdb);
    else this.#byte(0);
    this.#room(length);
    const written = this.#bytes.write(text, this.#at);
    if (length < 32) this.#bytes[this.#at - 1] = 0xa0 | written;
    this.#at += written;
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      this.#byte(0xcb);
      this.#room(8);
      this.#at = this.#bytes.writeDoubleBE(value, this.#at);
    } else if (value >= -32 && value < 128) this.#byte(value & 0xff);
    else this.#integer(value);
  }

  #integer(value: number): void {
    // Of both kinds: 1, 2, 4 and 8 bytes.
    const width = [0, 1, 2, 3].find((each) => fits(value, 8 << each)) ?? 3;
    this.#byte((value < 0 ? 0xd0 : 0xcc) + width);
    this.#room(1 << width);
    if (width === 3) this.#at = this.#bytes.writeBigInt64BE(BigInt(value), this.#at);
    else if (value < 0) this.#at = this.#bytes.writeIntBE(value, this.#at, 1 << width);
    else this.#at = this.#bytes.writeUIntBE(value, this.#at, 1 << width);
  }

  #sized(length: number, one: number | undefined, two: number, four: number): void {
    const bytes = one !== undefined && length < 0x100 ? 1 : length < 0x10000 ? 2 : 4;
    this.#byte(bytes === 1 ? (one ?? 0) : bytes === 2 ? two : four);
    this.#room(bytes);
    this.#at = this.#bytes.writeUIntBE(length, this.#at, bytes);
  }

  #byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at] = value;
    this.#at += 1;
  }

  #raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Has so many bytes follow in `#bytes`, which may be another buffer from then on. */
  #room(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    // Not twice as much: a long message lies there until its reader takes it.
    const grown = this.#bytes.length + (this.#bytes.length >> 2);
    const larger = Buffer.allocUnsafe(Math.max(grown, this.#at + count) + ROOM);
    larger.set(this.written());
    this.#bytes = larger;
  }
}

function isList(value: Packed): value is readonly Packed[] {
  return Array.isArray(value);
}

function fits(value: number, bits: number): boolean {
  return value < 0 ? value >= -(2 ** (bits - 1)) : value < 2 ** bits;
}

/** @throws MalformedMessage for anything but one whole message of plain MessagePack whose maps have texts as names, each once */
export function unpack(bytes: Uint8Array): Packed {
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const value = reader.value(0);
  if (!reader.atEnd) throw new MalformedMessage("something follows the message");
  return value;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(depth: number): Packed {
    if (depth > DEEPEST) throw new MalformedMessage("lists lie too deep in one another");
    const kind = this.#take(1).readUInt8();
    if (kind < 0x80) return kind;
    if (kind < 0x90) return this.#map(kind & 0x0f, depth);
    if (kind < 0xa0) return this.#list(kind & 0x0f, depth);
    if (kind < 0xc0) return this.#text(kind & 0x1f);
    if (kind >= 0xe0) return kind - 0x100;
    if (kind >= 0xc4 && kind <= 0xc6) return Buffer.from(this.#take(this.#length(kind - 0xc4)));
    if (kind >= 0xcc && kind <= 0xd3) return this.#integer(kind);
    if (kind >= 0xd9 && kind <= 0xdb) return this.#text(this.#length(kind - 0xd9));
    if (kind === 0xdc || kind === 0xdd) return this.#list(this.#length(kind - 0xdb), depth);
    if (kind === 0xde || kind === 0xdf) return this.#map(this.#length(kind - 0xdd), depth);
    return this.#plain(kind);
  }

  #plain(kind: number): Packed {
    if (kind === 0xc0) return null;
    if (kind === 0xc2 || kind === 0xc3) return kind === 0xc3;
    if (kind === 0xca) return this.#take(4).readFloatBE();
    if (kind === 0xcb) return this.#take(8).readDoubleBE();
    throw new MalformedMessage(`0x${kind.toString(16)} begins nothing that a message may hold`);
  }

  /** A piece that is there: whatever a length says, nothing is set aside for it first. */
  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new MalformedMessage("the message is cut off");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** @param width 0, 1, 2: one, two, four bytes */
  #length(width: number): number {
    return this.#take(1 << width).readUIntBE(0, 1 << width);
  }

  #integer(kind: number): number {
    const width = (kind - 0xcc) & 3;
    const bytes = this.#take(1 << width);
    if (width < 3) return kind < 0xd0 ? bytes.readUIntBE(0, 1 << width) : bytes.readIntBE(0, 1 << width);
    const value = Number(kind < 0xd0 ? bytes.readBigUInt64BE() : bytes.readBigInt64BE());
    if (!Number.isSafeInteger(value)) throw new MalformedMessage("a number is beyond 53 bits");
    return value;
  }

  #text(length: number): string {
    const bytes = this.#take(length);
    if (!isUtf8(bytes)) throw new MalformedMessage("a text is not UTF-8");
    return bytes.toString();
  }

  #list(length: number, depth: number): Packed[] {
    const values: Packed[] = [];
    for (let index = 0; index < length; index++) values.push(this.value(depth + 1));
    return values;
  }

  #map(length: number, depth: number): { readonly [name: string]: Packed } {
    // No prototype: what a client names `__proto__` is a member like any other.
    const map: Record<string, Packed> = Object.create(null);
    for (let index = 0; index < length; index++) {
      const name = this.value(depth + 1);
      if (typeof name !== "string") throw new MalformedMessage("a name in a map is no text");
      if (name in map) throw new MalformedMessage("a name stands twice in a map");
      map[name] = this.value(depth + 1);
    }
    return map;
  }
}
