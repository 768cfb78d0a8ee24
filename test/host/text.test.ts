import fc from "fast-check";
import { expect, test } from "vitest";
import { stripControls } from "../../host/text.ts";

test.each([
  ["\u001b[31;1mred\u001b[0m", "red"],
  ["\u001b]0;title\u0007shown", "shown"],
  ["\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link"],
  ["\u009b2Jx", "x"],
  ["a\u0000b\u0008c\u007fd\u0085e", "abcde"],
  ["a\tb\r\nc", "a b c"],
  ["user\u202egpj.exe\u2066x\u2069", "usergpj.exex"],
  ["a\u2028b\u200fc", "abc"],
  ["häßlich 🙂 日本", "häßlich 🙂 日本"],
])("%j becomes %j", (text, expected) => {
  expect(stripControls(text)).toBe(expected);
});

test("newlines stay on request", () => {
  expect(stripControls("a\r\nb\tc\u001b[K", { keepNewlines: true })).toBe("a\nb c");
});

test("nothing that acts on a terminal is ever left, and a second pass finds nothing", () => {
  const unit = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\u001b[", "\u001b]", "\u009b", "\u0007", "\u202e", "1;2m"),
  );
  fc.assert(
    fc.property(fc.array(unit), (parts) => {
      const plain = stripControls(parts.join(""));
      expect(plain).not.toMatch(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u);
      expect(stripControls(plain)).toBe(plain);
    }),
  );
});
