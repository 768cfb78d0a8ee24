/**
 * Decoder of the LZ4 frame format (version 1.6.x of its description, and the block format it refers to). apt keeps its
 * package lists in it; no library of Node reads it.
 */

import { xxhash32 } from "./xxhash32.ts";

export const FRAME = 0x184d2204;
export const SKIPPABLE = 0x184d2a50;
const MAX_BLOCK = 4 << 20;

interface Header {
  readonly blockChecksums: boolean;
  readonly contentChecksum: boolean;
  readonly contentSize: number | undefined;
  readonly blockSize: number;
  readonly next: number;
}

/** Output that grows; matches may reach back over block borders, so it stays one piece. */
export interface Output {
  bytes: Buffer;
  length: number;
  readonly limit: number;
}

/** All frames of the input, unpacked and joined. Throws an Error for anything damaged, truncated or above `maxBytes`. */
export function decodeLz4(input: Buffer, maxBytes: number): Buffer {
  const output: Output = { bytes: Buffer.alloc(0), length: 0, limit: maxBytes };
  let at = 0;
  while (at < input.length) {
    const magic = word(input, at);
    if (magic === FRAME) at = decodeFrame(input, at + 4, output);
    else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) at += 8 + word(input, at + 4);
    else throw new Error("not an LZ4 frame");
  }
  return output.bytes.subarray(0, output.length);
}

function decodeFrame(input: Buffer, from: number, output: Output): number {
  const header = readHeader(input, from);
  const start = output.length;
  let at = header.next;
  if (header.contentSize !== undefined) reserve(output, header.contentSize);
  for (;;) {
    const field = word(input, at);
    at += 4;
    if (field === 0) break;
    const size = field & 0x7fffffff;
    if (at + size > input.length) throw new Error("truncated LZ4 block");
    reserve(output, header.blockSize);
    if (field >>> 31 === 1) copyRaw(input, at, size, output);
    else decodeBlock(input, at, at + size, output, start);
    if (header.blockChecksums && xxhash32(input, at, at + size) !== word(input, at + size))
      throw new Error("LZ4 checksum mismatch");
    if (output.length > output.limit) throw new Error(`larger than ${output.limit} bytes`);
    at += size + (header.blockChecksums ? 4 : 0);
  }
  if (!header.contentChecksum) return at;
  if (xxhash32(output.bytes, start, output.length) !== word(input, at)) throw new Error("LZ4 checksum mismatch");
  return at + 4;
}

export function readHeader(input: Buffer, at: number): Header {
  const flags = input[at] ?? 0;
  const sizes = input[at + 1] ?? 0;
  if (flags >>> 6 !== 1) throw new Error("unknown LZ4 frame version");
  if ((flags & 1) === 1) throw new Error("LZ4 frame needs a dictionary");
  if (sizes >>> 4 < 4) throw new Error("unknown LZ4 block size");
  const hasSize = (flags & 8) !== 0;
  const end = at + 2 + (hasSize ? 8 : 0);
  if (end >= input.length) throw new Error("truncated LZ4 header");
  if (((xxhash32(input, at, end) >>> 8) & 0xff) !== input[end]) throw new Error("LZ4 header checksum mismatch");
  return {
    blockChecksums: (flags & 16) !== 0,
    contentChecksum: (flags & 4) !== 0,
    contentSize: hasSize ? Number(input.readBigUInt64LE(at + 2)) : undefined,
    blockSize: 1 << (8 + 2 * ((sizes >>> 4) & 7)),
    next: end + 1,
  };
}

export function copyRaw(input: Buffer, from: number, size: number, output: Output): void {
  if (output.length + size > output.bytes.length) throw new Error("LZ4 block is larger than it says");
  input.copy(output.bytes, output.length, from, from + size);
  output.length += size;
}

/** Unpacks one block. `first` is where the frame began: matches may not reach before it. */
export function decodeBlock(input: Buffer, from: number, end: number, output: Output, first: number): void {
  const bytes = output.bytes;
  let source = from;
  let target = output.length;
  while (source < end) {
    const token = input[source++] as number;
    let literals = token >>> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255 && source < end) literals += more = input[source++] as number;
    }
    const stop = source + literals;
    if (stop > end || target + literals > bytes.length) throw new Error("damaged LZ4 block");
    if (literals > 32) {
      input.copy(bytes, target, source, stop);
      target += literals;
      source = stop;
    } else while (source < stop) bytes[target++] = input[source++] as number;
    if (source === end) break;

    const distance = (input[source] as number) | ((input[source + 1] ?? 0) << 8);
    source += 2;
    let length = (token & 15) + 4;
    if (length === 19) {
      let more = 255;
      while (more === 255 && source < end) length += more = input[source++] as number;
    }
    let match = target - distance;
    if (source > end || distance === 0 || match < first || target + length > bytes.length)
      throw new Error("damaged LZ4 block");
    if (distance >= length && length > 32) {
      bytes.copyWithin(target, match, match + length);
      target += length;
    } else for (const matchEnd = target + length; target < matchEnd; ) bytes[target++] = bytes[match++] as number;
  }
  output.length = target;
}

function reserve(output: Output, more: number): void {
  const needed = output.length + more;
  if (needed <= output.bytes.length) return;
  if (more > Math.max(output.limit, MAX_BLOCK)) throw new Error(`larger than ${output.limit} bytes`);
  const grown = Buffer.allocUnsafe(Math.max(needed, Math.min(output.bytes.length * 2, output.limit)));
  output.bytes.copy(grown, 0, 0, output.length);
  output.bytes = grown;
}

export function word(input: Buffer, at: number): number {
  if (at + 4 > input.length) throw new Error("truncated LZ4 frame");
  return input.readUInt32LE(at);
}
