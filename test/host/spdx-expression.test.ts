import fc from "fast-check";
import parse from "spdx-expression-parse";
import { describe, expect, it } from "vitest";
import {
  allOf,
  anyOf,
  leafText,
  parseSpdx,
  type SpdxExpression,
  spdxText,
  usableUnder,
} from "../../host/spdx-expression.ts";

const leaf: fc.Arbitrary<SpdxExpression> = fc
  .constantFrom(
    "MIT",
    "GPL-2.0-or-later",
    "Zlib",
    "MPL-1.1+",
    "LicenseRef-Debian-x",
    "GPL-3.0-only WITH GCC-exception-3.1",
  )
  .map((text) => parseSpdx(text) as SpdxExpression);
const { tree } = fc.letrec<{ tree: SpdxExpression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie("tree"), { minLength: 1, maxLength: 3 }).map(allOf),
    fc.array(tie("tree"), { minLength: 1, maxLength: 3 }).map(anyOf),
  ),
}));

describe("SPDX expressions", () => {
  it("are written as another parser reads them, and are read back as they were", () => {
    fc.assert(
      fc.property(tree, (expression) => {
        const text = spdxText(expression);
        expect(() => parse(text)).not.toThrow();
        const again = parseSpdx(text);
        expect(again === undefined ? undefined : spdxText(again)).toBe(text);
      }),
    );
  });

  it("bind WITH, AND and OR in this order", () => {
    expect(parseSpdx("MIT OR GPL-3.0-only WITH GCC-exception-3.1 AND Zlib")).toEqual({
      any: [
        { all: [{ license: "GPL-3.0-only", exception: "GCC-exception-3.1" }, { license: "Zlib" }] },
        { license: "MIT" },
      ],
    });
    expect(parseSpdx("(MIT OR ISC) AND Zlib")).toEqual({
      all: [{ any: [{ license: "ISC" }, { license: "MIT" }] }, { license: "Zlib" }],
    });
  });

  it.each(["", "MIT OR", "OR MIT", "(MIT", "MIT)", "MIT ISC", "MIT WITH", "MIT; rm", "(".repeat(5000)])(
    "%j is none",
    (text) => {
      expect(parseSpdx(text)).toBeUndefined();
    },
  );

  it("can be used by whom one branch of OR is open, and every part of AND", () => {
    const usable = (text: string, ...may: string[]) =>
      usableUnder(parseSpdx(text) as SpdxExpression, (one) => may.includes(leafText(one)));
    expect(usable("MIT OR GPL-2.0-only", "MIT")).toBe(true);
    expect(usable("MIT AND GPL-2.0-only", "MIT")).toBe(false);
    expect(usable("(MIT OR ISC) AND (Zlib OR GPL-2.0-only)", "ISC", "Zlib")).toBe(true);
    expect(usable("(MIT OR ISC) AND (Zlib OR GPL-2.0-only)", "ISC", "MIT")).toBe(false);
  });
});
