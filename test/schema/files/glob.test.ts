import fc from "fast-check";
import { expect, test } from "vitest";
import { globMatches } from "../../../schema/files/glob.ts";

test.each([
  ["linux-image-*", "linux-image-6.1", true],
  ["linux-image-*", "linux-images", false],
  ["*", "", true],
  ["", "", true],
  ["", "a", false],
  ["a?c", "abc", true],
  ["a?c", "ac", false],
  ["*a*b*", "xxaxxbxx", true],
  ["*a*b*", "xxbxxaxx", false],
  ["a.c", "abc", false],
  ["[ab]", "a", false],
  ["[ab]", "[ab]", true],
])("%s against %s: %s", (pattern, text, matches) => {
  expect(globMatches(pattern, text)).toBe(matches);
});

test("agrees with a regular expression", () => {
  const letters = fc.array(fc.constantFrom("a", "b", "*", "?"), { maxLength: 8 }).map((parts) => parts.join(""));
  const text = fc.array(fc.constantFrom("a", "b"), { maxLength: 10 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(letters, text, (pattern, word) => {
      const expression = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
      expect(globMatches(pattern, word)).toBe(expression.test(word));
    }),
  );
});

test("many stars end", () => {
  expect(globMatches(`${"*a".repeat(200)}b`, "a".repeat(5000))).toBe(false);
});
