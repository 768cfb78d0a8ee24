import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decompressFile, isCompressed, withoutCompression } from "../../host/compression.ts";
import { decodeLz4 } from "../../host/lz4.ts";
import { OmgError } from "../../schema/error.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-compression-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lz4 = (input: Buffer, ...options: string[]) =>
  execFileSync("lz4", ["-q", "-c", ...options], { input, maxBuffer: 64 << 20 });
const status = () => readFileSync("/var/lib/dpkg/status");
const LIMIT = 64 << 20;

describe("every form that apt leaves", () => {
  const forms = [
    ["", ["cat"]],
    [".gz", ["gzip", "-c"]],
    [".xz", ["xz", "-c", "-1"]],
    [".lzma", ["xz", "-c", "-1", "--format=lzma"]],
    [".zst", ["zstd", "-c", "-q"]],
    [".bz2", ["bzip2", "-c"]],
    [".lz4", ["lz4", "-c", "-q"]],
  ] as const;

  test.each(forms)("%s", async (ending, [program, ...args]) => {
    const path = join(folder, `Packages${ending}`);
    writeFileSync(path, execFileSync(program, args, { input: status(), maxBuffer: LIMIT }));
    expect((await decompressFile(path)).equals(status())).toBe(true);
    expect([isCompressed(path), withoutCompression(path)]).toEqual([ending !== "", join(folder, "Packages")]);
  });

  test.each(forms)("%s, larger than allowed", async (ending) => {
    const failure = await decompressFile(join(folder, `Packages${ending}`), 1000).catch((fault: unknown) => fault);
    expect(failure).toBeInstanceOf(OmgError);
  });

  test.each(forms.slice(1))("%s, cut short", async (ending) => {
    const path = join(folder, `cut${ending}`);
    const bytes = readFileSync(join(folder, `Packages${ending}`));
    writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
    await expect(decompressFile(path)).rejects.toThrow(/could not be unpacked/);
  });

  test("a file that is not there", async () => {
    await expect(decompressFile(join(folder, "none.lz4"))).rejects.toThrow("ENOENT");
  });
});

describe("LZ4, packed by the real lz4", () => {
  test("any content, with linked and separate blocks, checksums, sizes and levels", () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
      fc
        .array(fc.constantFrom("a", "bc", "abcabc", "\n", "Depends: libc6, "), { maxLength: 4000 })
        .map((parts) => Buffer.from(parts.join(""))),
    );
    const options = fc.subarray(["-BX", "-BD", "--content-size", "-9", "-B4", "--no-frame-crc"]);
    fc.assert(
      fc.property(content, options, (input, chosen) => {
        expect(decodeLz4(lz4(input, ...chosen), LIMIT).equals(input)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("blocks that do not shrink, matches across blocks, several frames and a skippable one", () => {
    const noise = randomBytes(300_000);
    const long = Buffer.concat([noise, noise, Buffer.alloc(9_000_000, "xyz"), noise]);
    for (const options of [["-B4", "-BD"], ["-B7"], ["-12"]])
      expect(decodeLz4(lz4(long, ...options), LIMIT).equals(long)).toBe(true);
    const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
    const joined = decodeLz4(Buffer.concat([lz4(noise), skippable, lz4(Buffer.from("end"))]), LIMIT);
    expect(joined.equals(Buffer.concat([noise, Buffer.from("end")]))).toBe(true);
  });

  test("a flipped bit anywhere is an error or changes nothing, and no read leaves the data", () => {
    const input = status().subarray(0, 60_000);
    const packed = lz4(input, "-BX");
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.nat(7), (at, bit) => {
        const damaged = Buffer.from(packed);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        let output: Buffer | undefined;
        try {
          output = decodeLz4(damaged, LIMIT);
        } catch {
          return;
        }
        expect(output.equals(input)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
