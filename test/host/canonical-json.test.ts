import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical, digestOf } from "../../host/canonical-json.ts";
import { sha256 } from "../../host/digest.ts";

describe("canonical", () => {
  test("the example of RFC 8785, section 3.2.2 and 3.2.3", () => {
    const value = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonical(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test("sorts by UTF-16 code units", () => {
    const names = ["€", "\r", "\ufb33", "1", "😂", "\u0080", "ö"];
    const value = Object.fromEntries(names.map((name) => [name, 0]));
    expect(Object.keys(JSON.parse(canonical(value)))).toHaveLength(7);
    expect([...canonical(value).matchAll(/"((?:[^"\\]|\\.)+)":/gu)].map((match) => match[1])).toEqual([
      "\\r",
      "1",
      "\u0080",
      "ö",
      "€",
      "😂",
      "\ufb33",
    ]);
  });

  test("leaves out undefined members, and writes minus zero as zero", () => {
    expect(canonical({ b: undefined, a: -0, c: {} })).toBe('{"a":0,"c":{}}');
  });

  test.each([
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["undefined", undefined],
    ["undefined in an array", [undefined]],
    ["a hole", Array(1)],
    ["a function", () => 0],
    ["a bigint", 1n],
    ["a map", new Map([[1, 2]])],
    ["a date", new Date(0)],
    ["a buffer", Buffer.from("a")],
    ["a symbol", Symbol("s")],
  ])("refuses %s", (_name, value) => {
    expect(() => canonical({ deep: [value] })).toThrow(expect.objectContaining({ code: "not-canonical" }));
  });

  test("any JSON value survives, and the order of its members does not count", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonical(reversed(value))).toBe(canonical(value));
      }),
    );
  });

  test("the digest is the sha256 of that text", () => {
    expect(digestOf({ b: 1, a: "ü" })).toBe(sha256('{"a":"ü","b":1}'));
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
