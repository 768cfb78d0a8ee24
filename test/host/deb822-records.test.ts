import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stanzasOf } from "../../host/deb822.ts";
import { forEachRecord } from "../../host/deb822-records.ts";

const NAMES = ["package", "version", "description", "status"];

function records(bytes: Buffer): { fields: (string | undefined)[]; malformed: boolean; text: string }[] {
  const found: ReturnType<typeof records> = [];
  forEachRecord(bytes, new Set(NAMES), (record) => {
    found.push({ fields: NAMES.map(record.get), malformed: record.isMalformed(), text: record.text() });
  });
  return found;
}

/** The same by way of the other reader, which is compared with dpkg itself elsewhere. */
function stanzas(bytes: Buffer): ReturnType<typeof records> {
  return stanzasOf(bytes).map((stanza) => ({
    fields: NAMES.map((name) => stanza.get(name)),
    malformed: stanza.malformed() !== undefined,
    text: stanza.text(),
  }));
}

describe("forEachRecord", () => {
  it("reads this machine's dpkg status as the other reader does", () => {
    const bytes = readFileSync("/var/lib/dpkg/status");
    expect(records(bytes)).toEqual(stanzas(bytes));
    expect(records(bytes).length).toBeGreaterThan(50);
  });

  it("reads any control data as the other reader does", () => {
    const value = fc.oneof(fc.constantFrom("", "1.0-1", "é ü", "a: b"), fc.string({ unit: "grapheme", maxLength: 8 }));
    const line = fc.oneof(
      fc
        .tuple(fc.constantFrom("Package", "VERSION", "Description", "Status", "Other", "package"), value)
        .map((parts) => parts.join(": ")),
      fc.constantFrom("", " folded", " .", "\ttabbed ü", "# a comment", "no colon", ":", " "),
    );
    const text = fc.tuple(fc.array(line, { maxLength: 24 }), fc.constantFrom("\n", "\r\n"), fc.boolean());
    fc.assert(
      fc.property(text, ([lines, end, last]) => {
        const bytes = Buffer.from(lines.join(end) + (last ? end : ""));
        expect(records(bytes)).toEqual(stanzas(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});
