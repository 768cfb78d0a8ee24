import fc from "fast-check";
import { expect, test } from "vitest";
import { InvalidFile } from "../../../schema/files/diagnostics.ts";
import { writePins } from "../../../schema/files/pins-writer.ts";
import { parsePolicy } from "../../../schema/files/policy.ts";
import { load } from "./locks.ts";

const YAML = [
  ...[
    "version: 1\n",
    "name: a\n",
    "apt:\n",
    "  packages:\n",
    "    curl: 1\n",
    "env: {",
    "}",
    "[",
    "]",
    "---\n",
    "...\n",
  ],
  ...[
    "pins: debian-12-amd64\n",
    "- ",
    "? ",
    ": ",
    "&a ",
    "*a ",
    "!!str ",
    "%TAG\n",
    "|\n",
    ">-\n",
    "'",
    '"',
    "\\",
    "#",
    "\t",
  ],
  ...[" ", "\n", "\r\n", "a", "1.10", "~", "<<: ", "__proto__: ", "when: ", "include: [a]\n", "\u2028", "é", "😀"],
];
const TOML = [
  ...[
    "version = 1\n",
    "[grade]\n",
    "minimum",
    "=",
    '"',
    "'",
    '"""',
    "'''",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ".",
    ",",
    "#",
  ],
  ...[
    "\\",
    "\\u0041",
    "\n",
    "\r\n",
    " ",
    "\t",
    "1",
    "1.5",
    "2026-11-15",
    "true",
    "deny",
    "[packages]\n",
    "__proto__",
    "é",
    "😀",
  ],
];

const textOf = (parts: readonly string[]) =>
  fc.array(fc.constantFrom(...parts), { maxLength: 40 }).map((all) => all.join(""));

/** Either it works, or the file is to blame and every problem points into it. */
function answers(text: string, read: (text: string) => unknown): void {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof InvalidFile)) throw error;
    expect(error.diagnostics.length).toBeGreaterThan(0);
    for (const { line, column, sourceLine } of error.diagnostics) {
      expect(line).toBeLessThanOrEqual(text.split("\n").length);
      expect(column).toBeLessThanOrEqual(sourceLine.length + 2);
      expect(column).toBeGreaterThan(0);
    }
  }
}

test("any lock is read or explained", () => {
  const read = (text: string) => load(text, { includes: { a: "env: {}\n" } });
  fc.assert(
    fc.property(textOf(YAML), (text) => answers(text, read)),
    { numRuns: 3000 },
  );
});

test("any policy is read or explained", () => {
  const read = (text: string) => parsePolicy({ path: "/repo/policy.toml", text });
  fc.assert(
    fc.property(textOf(TOML), (text) => answers(text, read)),
    { numRuns: 3000 },
  );
});

test("pins do not go behind a quote that nothing closes", () => {
  const pins = { indexes: {}, sections: { apt: { curl: { version: "1", auto: true } } } };
  expect(() => writePins(`? ""'`, "debian-12-amd64", pins)).toThrow(InvalidFile);
});

test("pins go into any text that can be read, and nothing around them changes", () => {
  const pins = { indexes: {}, sections: { apt: { curl: { version: "1", auto: true } } } };
  fc.assert(
    fc.property(textOf(YAML), (text) =>
      answers(text, () => {
        const once = writePins(text, "debian-12-amd64", pins);
        expect(writePins(once, "debian-12-amd64", pins)).toBe(once);
      }),
    ),
    { numRuns: 3000 },
  );
});
