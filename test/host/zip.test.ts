import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { looksLikeZip, type ZipLimits, zipFiles } from "../../host/zip.ts";
import { needs } from "../support/needs.ts";
import { zipOf } from "../support/zip-writer.ts";

const LIMITS: ZipLimits = { entries: 1000, entryBytes: 1 << 20, totalBytes: 1 << 22 };
const FILES = [
  ["a.json", '{"a":1}'],
  ["deep/b.json", "x".repeat(5000)],
  ["empty", ""],
] as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-zip-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(bytes: Buffer): string {
  const path = join(folder, "archive.zip");
  writeFileSync(path, bytes);
  return path;
}

function read(path: string, limits = LIMITS): [string, string][] {
  return [...zipFiles(path, limits)].map(({ entry, bytes }) => [entry.name, bytes.toString()]);
}

describe("archives", () => {
  test.each([
    ["packed", {}],
    ["stored", { stored: true }],
    ["with a directory for many files", { zip64: true }],
  ])("%s", (_, options) => expect(read(written(zipOf(FILES, options)))).toEqual(FILES));

  it("of more files than 16 bits count", () => {
    const many = Array.from({ length: 70_000 }, (_, index) => [`${index}.json`, String(index)] as const);
    const found = [...zipFiles(written(zipOf(many)), { ...LIMITS, entries: 70_000 })];
    expect(found).toHaveLength(70_000);
    expect(found.at(-1)?.bytes.toString()).toBe("69999");
  });

  it.runIf(needs("zip"))("that zip(1) made", () => {
    for (const name of ["one.json", "two.json"]) writeFileSync(join(folder, name), name.repeat(100));
    rmSync(join(folder, "made.zip"), { force: true });
    execFileSync("zip", ["-q", "-j", "made.zip", "one.json", "two.json"], { cwd: folder });
    expect(read(join(folder, "made.zip"))).toEqual([
      ["one.json", "one.json".repeat(100)],
      ["two.json", "two.json".repeat(100)],
    ]);
    expect(looksLikeZip(readFileSync(join(folder, "made.zip")).toString("latin1", 0, 4))).toBe(true);
  });
});

describe("what is none, or lies", () => {
  const whole = zipOf(FILES);
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(whole);
    change(bytes);
    return bytes;
  };
  test.each<[string, Buffer]>([
    ["nothing", Buffer.alloc(0)],
    ["a page of text", Buffer.from("<html>".repeat(1000))],
    ["its first half", whole.subarray(0, whole.length / 2)],
    ["without its beginning", whole.subarray(100)],
    ["another byte in a file", changed((bytes) => bytes.fill(0x21, 38, 40))],
    ["a size that is too small", zipOf(FILES, { sizes: new Map([["deep/b.json", 10]]) })],
    ["a size that is too large", zipOf(FILES, { sizes: new Map([["deep/b.json", 6000]]) })],
    [
      "a way of packing that is not known",
      changed((bytes) => bytes.writeUInt16LE(99, bytes.indexOf("PK\u0001\u0002") + 10)),
    ],
    ["a file far away", changed((bytes) => bytes.writeUInt32LE(0x7fffffff, bytes.indexOf("PK\u0001\u0002") + 42))],
    ["a huge directory", changed((bytes) => bytes.writeUInt32LE(0x7fffffff, bytes.length - 10))],
    ["more files than are there", changed((bytes) => bytes.writeUInt16LE(500, bytes.length - 12))],
  ])("%s", (_, bytes) =>
    expect(() => read(written(bytes))).toThrow(expect.objectContaining({ code: "archive-damaged" })),
  );

  it("a bomb: one file, all together, or how many", () => {
    const path = written(zipOf([["bomb", Buffer.alloc(1 << 21)]]));
    expect(() => read(path)).toThrow(/unpacks to more than it may/);
    const parts = written(
      zipOf(Array.from({ length: 5 }, (_, index) => [String(index), Buffer.alloc(1 << 20)] as const)),
    );
    expect(() => read(parts)).toThrow(/unpacks to more than it may/);
    expect(() => read(written(zipOf(FILES)), { ...LIMITS, entries: 2 })).toThrow(/holds 3 files/);
  });
});
