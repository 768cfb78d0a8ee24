import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decompressedPieces, decompressFile } from "../../host/compression.ts";
import { wholeStanzas } from "../../host/deb822-stream.ts";
import { needs } from "../support/needs.ts";
import { temporaryFolder } from "./bundle.ts";

/** Text as a package list has it: many repetitions near and far, and some that never come again. */
function listText(stanzas: number): string {
  return Array.from({ length: stanzas }, (_, n) => {
    const hash = createHash("sha256").update(String(n)).digest("hex");
    return `Package: name-${n % 997}\nVersion: ${n}\nSHA256: ${hash}\nDescription: words that come again\n more of them\n\n`;
  }).join("");
}

async function together(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  // A piece is only good until the next one.
  for await (const piece of pieces) all.push(Buffer.from(piece));
  return Buffer.concat(all);
}

const TEXT = Buffer.from(listText(6000));
const PROGRAMS: readonly (readonly [string, string, readonly string[], string])[] = [
  ["lz4", ".lz4", ["-c"], "as lz4 writes it, with a checksum over all"],
  ["lz4", ".lz4", ["-c", "--no-frame-crc", "-BD", "-B4"], "in small blocks that refer to each other, as apt writes it"],
  ["lz4", ".lz4", ["-c", "--no-frame-crc", "-BI", "-BX", "-9"], "in blocks with checksums"],
  ["xz", ".xz", ["-c"], "by xz"],
  ["zstd", ".zst", ["-c", "-q"], "by zstd"],
];

describe.runIf(needs("lz4", "xz-utils", "zstd"))("a compressed file in pieces", () => {
  it.each(PROGRAMS)("is the whole file: %s %s %s, %s", async (program, ending, args) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "list"), TEXT);
    const path = join(folder, `list${ending}`);
    writeFileSync(path, execFileSync(program, [...args, join(folder, "list")], { maxBuffer: 64 << 20 }));
    expect((await together(decompressedPieces(path))).equals(TEXT)).toBe(true);
    expect((await decompressFile(path)).equals(TEXT)).toBe(true);
  });

  it("is refused where it is cut off or damaged, as the whole would be", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "list"), TEXT);
    for (const [program, ending, args] of PROGRAMS) {
      const path = join(folder, `list${ending}`);
      const packed = execFileSync(program, [...args, join(folder, "list")], { maxBuffer: 64 << 20 });
      for (const part of [0.3, 0.9, 0.9999]) {
        writeFileSync(path, packed.subarray(0, Math.floor(packed.length * part)));
        await expect(together(decompressedPieces(path)), `${program} ${part}`).rejects.toMatchObject({
          code: "decompress-failed",
        });
      }
    }
  });
});

it("plain and gzip files come in pieces too, and what is missing is a system error", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "plain"), TEXT);
  writeFileSync(join(folder, "list.gz"), gzipSync(TEXT));
  writeFileSync(join(folder, "cut.gz"), gzipSync(TEXT).subarray(0, 1000));
  for (const name of ["plain", "list.gz"])
    expect((await together(decompressedPieces(join(folder, name)))).equals(TEXT), name).toBe(true);
  await expect(together(decompressedPieces(join(folder, "cut.gz")))).rejects.toMatchObject({
    code: "decompress-failed",
  });
  for (const name of ["none", "none.gz", "none.lz4"])
    await expect(together(decompressedPieces(join(folder, name))), name).rejects.toMatchObject({ code: "ENOENT" });
});

describe("stanzas that arrive in pieces", () => {
  async function* cut(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Buffer> {
    const piece = Buffer.alloc(1 << 20);
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const length = Math.min(lengths[turn % lengths.length] ?? 1, bytes.length - at);
      // The same memory each time, as the pieces of a compressed file have it.
      bytes.copy(piece, 0, at, at + length);
      yield piece.subarray(0, length);
      at += length;
    }
  }

  it("stay whole, wherever they are cut, and none is lost", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1000, max: 400_000 }), { minLength: 1, maxLength: 5 }),
        async (lengths) => {
          const parts: string[] = [];
          for await (const part of wholeStanzas(cut(TEXT, lengths))) parts.push(part.toString());
          expect(parts.length).toBeGreaterThan(1);
          expect(parts.join("") === TEXT.toString()).toBe(true);
          for (const part of parts.slice(0, -1)) expect(part.endsWith("\n\n")).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
  });

  it("are one part where nothing stands between them", async () => {
    const text = Buffer.from(TEXT.toString().replaceAll("\n", "\r\n"));
    const parts: string[] = [];
    for await (const part of wholeStanzas(cut(text, [65_536]))) parts.push(part.toString());
    expect(parts).toHaveLength(1);
    expect(parts[0] === text.toString()).toBe(true);
  });
});
