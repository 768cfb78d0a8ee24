import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safe, safeLines } from "../../../cli/render/safe.ts";

describe("safe", () => {
  it("takes out escape sequences whole, and leaves the words", () => {
    expect(safe("a\u001b[31mred\u001b[0m b\u001b]0;title\u0007c")).toBe("ared bc");
  });

  it("makes one line of several", () => {
    expect(safe("one\r\ntwo\tthree")).toBe("one two three");
  });

  it("takes out what reorders or hides text", () => {
    expect(safe("user\u202egpj.exe \u2066x\u2069 a\u200bb \u009b31m")).not.toMatch(/[\u200b\u202e\u2066\u2069\u009b]/);
  });

  it("leaves ordinary text of any language as it is", () => {
    for (const text of ["libstdc++6", "Zürich – naïve", "日本語", "1:2.3~rc1-4+b2"]) expect(safe(text)).toBe(text);
  });

  it("never lets a control character through", () => {
    const nasty = fc.string({
      unit: fc
        .oneof(fc.integer({ min: 0, max: 0x9f }), fc.integer({ min: 0x2000, max: 0x206f }))
        .map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(nasty, (text) => {
        expect(safe(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(safeLines(text)).not.toMatch(/[^\P{Cc}\n]/u);
      }),
    );
  });

  it("keeps the line breaks of a text of several lines", () => {
    expect(safeLines("a: 1\nb: \u001b[5m2\n")).toBe("a: 1\nb: 2\n");
  });
});
