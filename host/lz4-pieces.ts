import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { copyRaw, decodeBlock, decodeLz4, FRAME, type Output, readHeader, SKIPPABLE, word } from "./lz4.ts";
import { xxhash32 } from "./xxhash32.ts";

/** How far back a match may reach (LZ4 block format, "Offset"). */
const WINDOW = 64 * 1024;
/** Longest head of a frame, without the magic number (LZ4 frame format, "Frame Descriptor"). */
const DESCRIPTOR = 15;

/** Bytes from a place in the file, or fewer at its end. They are only good until the next call. */
type ReadAt = (position: number, length: number) => Buffer;

/**
 * As `decodeLz4` of a whole file, one block at a time, so that neither side ever lies in memory. A piece is only good until the
 * next one is asked for. A file that has a checksum over all that is in it has to be whole to be checked: there is one piece
 * then. Throws as `decodeLz4`, also after pieces were handed out; system errors pass.
 */
export function* lz4Pieces(path: string, maxBytes: number): Generator<Buffer> {
  const fd = openSync(path, "r");
  let buffer = Buffer.allocUnsafeSlow(WINDOW);
  const readAt: ReadAt = (position, length) => {
    if (length > buffer.length) buffer = Buffer.allocUnsafeSlow(length);
    return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
  };
  try {
    if (hasChecksum(readAt)) yield decodeLz4(readFileSync(path), maxBytes);
    else yield* frames(readAt);
  } finally {
    closeSync(fd);
  }
}

function hasChecksum(readAt: ReadAt): boolean {
  const head = readAt(0, 4 + DESCRIPTOR);
  return head.length > 4 && head.readUInt32LE(0) === FRAME && readHeader(head, 4).contentChecksum;
}

function* frames(readAt: ReadAt): Generator<Buffer> {
  for (let at = 0; ; ) {
    const head = readAt(at, 4 + DESCRIPTOR);
    if (head.length === 0) return;
    const magic = word(head, 0);
    if (magic === FRAME) at = yield* framePieces(readAt, at + 4);
    else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) at += 8 + word(head, 4);
    else throw new Error("not an LZ4 frame");
  }
}

/** @returns where the frame ends */
function* framePieces(readAt: ReadAt, from: number): Generator<Buffer, number> {
  const { blockChecksums, contentChecksum, blockSize, next } = readHeader(readAt(from, DESCRIPTOR), 0);
  if (contentChecksum) throw new Error("LZ4 frames with and without a checksum in one file");
  const bytes = Buffer.allocUnsafeSlow(WINDOW + blockSize);
  const output: Output = { bytes, length: 0, limit: bytes.length };
  let at = from + next;
  for (;;) {
    const field = word(readAt(at, 4), 0);
    at += 4;
    if (field === 0) return at;
    const size = field & 0x7fffffff;
    if (size > blockSize) throw new Error("LZ4 block is larger than it says");
    const block = readAt(at, size + (blockChecksums ? 4 : 0));
    if (block.length < size) throw new Error("truncated LZ4 block");
    if (blockChecksums && xxhash32(block, 0, size) !== word(block, size)) throw new Error("LZ4 checksum mismatch");
    slide(output);
    const start = output.length;
    if (field >>> 31 === 1) copyRaw(block, 0, size, output);
    else decodeBlock(block, 0, size, output, 0);
    yield bytes.subarray(start, output.length);
    at += size + (blockChecksums ? 4 : 0);
  }
}

/** Keeps what later blocks may refer to, at the front. */
function slide(output: Output): void {
  const kept = Math.min(WINDOW, output.length);
  output.bytes.copyWithin(0, output.length - kept, output.length);
  output.length = kept;
}
