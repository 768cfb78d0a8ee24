import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonText, snakeCase } from "../../../schema/wire/json-names.ts";

describe("snakeCase", () => {
  it("renames our members at every depth", () => {
    expect(snakeCase({ inSync: true, lock: { lockDigest: "x", list: [{ savedTo: null }] } })).toEqual({
      in_sync: true,
      lock: { lock_digest: "x", list: [{ saved_to: null }] },
    });
  });

  it("leaves keys that are data, and goes on renaming below an array", () => {
    expect(
      snakeCase({
        env: { myVar: "1", LC_ALL: "C" },
        policies: { "/home/ada/myRepo": "x" },
        changes: [{ onlyIfUnneeded: true }],
      }),
    ).toEqual({
      env: { myVar: "1", LC_ALL: "C" },
      policies: { "/home/ada/myRepo": "x" },
      changes: [{ only_if_unneeded: true }],
    });
    expect(snakeCase({ log: { system: { brokenAt: 1 } } })).toEqual({ log: { system: { broken_at: 1 } } });
  });

  it("leaves out members without a value", () => {
    expect(JSON.stringify(snakeCase({ a: undefined, b: null }))).toBe('{"b":null}');
  });
});

describe("jsonText", () => {
  it("is the same data, without a character that a terminal could act on", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
        const written = jsonText({ value, text });
        expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify({ value, text })));
        expect(written.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
