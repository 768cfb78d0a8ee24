import { describe, expect, it } from "vitest";
import type { SecretsResult } from "../../../app/answers.ts";
import { paint } from "../../../cli/render/screen.ts";
import { secretsScreen } from "../../../cli/render/secrets.ts";

const NOTHING: SecretsResult = { findings: [], files: 3, unread: [], allowed: 0, notes: [] };
const FOUND: SecretsResult = {
  ...NOTHING,
  findings: [
    { file: "a/.env", line: 2, column: 13, kind: "assigned-secret", what: "secret under its name", masked: "…" },
    { file: "omg.lock", line: 4, column: 14, kind: "npm-token", what: "npm token", masked: "npm_…" },
  ],
  unread: [{ file: "x.bin", reason: "binary" }],
  allowed: 1,
  notes: ["More than 200000 files: the rest was not looked at."],
};
const shown = (result: SecretsResult, columns: number, verbose = false) =>
  paint(secretsScreen(result, { columns, color: false, verbose, now: new Date(0) }), { color: false });

describe("the screen of omg audit secrets", () => {
  it("has the places in columns, then what to do", () => {
    expect(shown(FOUND, 80)).toBe(`a/.env:2:13    secret under its name  …
omg.lock:4:14  npm token              npm_…
Note: More than 200000 files: the rest was not looked at.

2 secrets in 2 files; 3 files read, 1 let pass by their line.
Take them out and have them replaced: what was shared once is known. What is
harmless passes with omg:allow-secret on its line.
Not read: 1 binary.
`);
    expect(shown(FOUND, 80, true)).toContain("  x.bin: binary\n");
  });

  it("is a list alone where it goes into a pipe, and a sentence where there is nothing", () => {
    expect(shown(FOUND, Number.POSITIVE_INFINITY).split("\n")).toHaveLength(3);
    expect(shown(NOTHING, Number.POSITIVE_INFINITY)).toBe("No secrets found: 3 files read.\n");
  });
});
