import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openBook, writeBook } from "../../catalog/book.ts";
import { temporaryFolder } from "../host/bundle.ts";

function written(records: ReadonlyMap<string, string>, about: unknown = {}) {
  const path = join(temporaryFolder(), "book");
  const sorted = [...records].sort(([a], [b]) => (a < b ? -1 : 1));
  writeBook(path, about, sorted);
  return path;
}

describe("a book", () => {
  it("gives each record by its name, and none for other names", () => {
    const pairs = fc.uniqueArray(
      fc.tuple(fc.string({ unit: "grapheme", maxLength: 12 }), fc.string({ unit: "grapheme" })),
      {
        selector: ([name]) => name,
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(pairs, fc.array(fc.string()), (entries, others) => {
        const records = new Map(entries);
        const book = openBook<{ n: number }>(written(records, { n: 7 }));
        expect(book?.about).toEqual({ n: 7 });
        for (const name of [...records.keys(), ...others]) expect(book?.get(name)?.toString()).toBe(records.get(name));
        book?.close();
      }),
      { numRuns: 50 },
    );
  });

  it("holds more than a block", () => {
    const records = new Map(Array.from({ length: 500 }, (_, n) => [`name-${n}`, `${n} `.repeat(n)]));
    const book = openBook(written(records));
    for (const [name, record] of records) expect(book?.get(name)?.toString()).toBe(record);
    book?.close();
  });

  it("goes on to be read while another takes its place", () => {
    const path = written(new Map([["a", "first"]]));
    const book = openBook(path);
    writeBook(path, {}, [["a", "second"]]);
    expect(book?.get("a")?.toString()).toBe("first");
    book?.close();
    const next = openBook(path);
    expect(next?.get("a")?.toString()).toBe("second");
    next?.close();
  });

  it("is none where it is damaged, cut off, missing, or others can write it", () => {
    const path = written(new Map([["curl", "a record"]]));
    const bytes = readFileSync(path);
    const isOpened = (content: Buffer) => {
      writeFileSync(path, content);
      const book = openBook(path);
      book?.close();
      return book !== undefined;
    };
    expect(isOpened(bytes)).toBe(true);
    for (let length = 0; length < bytes.length; length += 1) expect(isOpened(bytes.subarray(0, length))).toBe(false);
    for (let at = 0; at < 32 + 16; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      expect([at, isOpened(changed)]).toEqual([at, false]);
    }
    expect(isOpened(bytes)).toBe(true);
    chmodSync(path, 0o666);
    expect(openBook(path)).toBeUndefined();
    expect(openBook(`${path}-none`)).toBeUndefined();
  });
});
