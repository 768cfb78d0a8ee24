import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reviewBlock } from "../../../cli/render/review.ts";
import { safe, safeLines, spelledOut } from "../../../cli/render/safe.ts";

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

describe("what somebody is to agree to", () => {
  const shown = (text: string) =>
    reviewBlock("a recipe", text).map((segments) => segments.map(({ text }) => safe(text)).join(""));

  it("hides no command in a title that a terminal would take for its own", () => {
    // A shell runs what stands between: `:` with an argument, an assignment, and a comment.
    const line = "+: \u001b];source=http:/evil/x;#\u0007";
    expect(shown(line)).toContain("  +: ^[];source=http:/evil/x;#^G");
    expect(shown("+a\u001b[8mhidden\u001b[0m")).toContain("  +a^[[8mhidden^[[0m");
    expect(shown("+begin \u001b]0;\n+evil\n+end \u0007")).toEqual(expect.arrayContaining(["  +evil"]));
  });

  it("names what cannot be seen, and what turns text around", () => {
    expect(spelledOut("a\r\u202eb\u200bc\u00add\u{e0061}e\u3164f\u2028")).toBe(
      "a^M<U+202E>b<U+200B>c<U+00AD>d<U+E0061>e<U+3164>f<U+2028>",
    );
    for (const text of ["Zürich – naïve", "日本語", "  spaces stay"]) expect(spelledOut(text)).toBe(text);
  });

  it("takes no longer for a line that is all spaces", () => {
    expect(shown(`+${" ".repeat(1 << 22)}x`)[2]).toHaveLength((1 << 22) + 4);
  });

  it("lets every character through, one way or another", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const spelled = spelledOut(text);
        expect(safe(spelled)).toBe(spelled);
      }),
    );
  });
});
