import { describe, expect, test } from "vitest";
import { load, lockProblems, withPackages } from "./locks.ts";

const HEAD = "version: 1\nname: web\n";
const DEEP = "nested too deeply | no file of omg needs more than a few levels";
const MEBIBYTE = 1024 * 1024;

describe("what makes small files large or different", () => {
  test.each([
    ["anchors", "a: &x 1\n", ["1:4 omg reads no YAML anchors | write the value out where it is needed"]],
    [
      "aliases",
      "a: *x\n",
      ["1:4 omg reads no YAML aliases | write the value out, or put a value that starts with * in quotes"],
    ],
    [
      "tags",
      "a: !!str 1\n",
      ["1:4 omg reads no YAML tags | remove the tag, or put a value that starts with ! in quotes"],
    ],
    [
      "custom tags",
      "a: !exec ls\n",
      ["1:4 omg reads no YAML tags | remove the tag, or put a value that starts with ! in quotes"],
    ],
    [
      "directives",
      "%YAML 1.1\n---\na: 1\n",
      ["1:1 omg reads no YAML directives | remove the line; files are YAML 1.2"],
    ],
    ["merge keys", `${HEAD}env: { <<: { A: b } }\n`, ["3:8 omg reads no YAML merge keys | write the values out"]],
    ["maps as keys", `${HEAD}env: { ? { A: b } : c }\n`, ["3:10 a key must be plain text | write `key: value`"]],
  ])("%s", (_, text, problems) => {
    expect(lockProblems(text)).toEqual(problems);
  });

  test("a billion laughs", () => {
    const levels = Array.from(
      { length: 20 },
      (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(10)}]`,
    );
    const problems = lockProblems(`a0: &a0 ha\n${levels.join("\n")}\n`);
    expect(problems).toHaveLength(20);
    expect(problems[0]).toBe("1:5 omg reads no YAML anchors | write the value out where it is needed");
  });

  test("a star that was meant as a request", () => {
    expect(lockProblems(withPackages("curl: *"))[0]).toMatch(/^5:11 omg reads no YAML aliases \| .*quotes$/);
  });

  test("signs inside text are text", () => {
    const lock = load(`${HEAD}env: { A: "&a", B: "*b", C: "!c" }\naliases: { r: "a && b", s: 'c * d' }\n`);
    expect({ ...lock.env, ...lock.aliases }).toEqual({ A: "&a", B: "*b", C: "!c", r: "a && b", s: "c * d" });
  });
});

describe("deep nesting", () => {
  test.each([
    ["lists on one line", "[".repeat(100_000), "1:17"],
    ["maps on one line", "a: {".repeat(100_000), "1:68"],
    ["dashes", "- ".repeat(100_000), "1:33"],
    ["colons", "a: ".repeat(100_000), "1:50"],
    ["question marks", "? ".repeat(100_000), "1:33"],
    ["lines", Array.from({ length: 2000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"), "102:102"],
    ["lines of lists", Array.from({ length: 2000 }, (_, depth) => `${" ".repeat(depth)}-`).join("\n"), "102:102"],
    ["after closing what was never open", `a: ${"]".repeat(50)}\n---\n${"- ".repeat(1000)}`, "3:33"],
    ["after a list that is never closed", `[\n---\n${"- ".repeat(1000)}`, "3:33"],
  ])("%s", (_, text, place) => {
    expect(lockProblems(text)).toEqual([`${place} ${DEEP}`]);
  });

  test("text may be indented as it likes", () => {
    const lock = load(`${HEAD}aliases:\n  long: |\n    one\n${" ".repeat(300)}two\n${" ".repeat(300)}# comment\n`);
    expect(lock.aliases.long).toContain(" two\n");
  });
});

describe("size", () => {
  test("50 MB", () => {
    const problem = "the file has 47.7 MiB, and omg reads at most 4 MiB";
    expect(lockProblems("a".repeat(50_000_000))).toEqual([`1:1 ${problem}`]);
  });

  test("counts bytes, not characters", () => {
    expect(lockProblems("é".repeat(2 * MEBIBYTE + 1))).toEqual([
      "1:1 the file has 4.0 MiB, and omg reads at most 4 MiB",
    ]);
  });

  test.each([
    ["keys", `${HEAD}env:\n${"  A:\n".repeat(500_000)}`],
    ["lists", `a: [${"{},".repeat(1_000_000)}]`],
    ["documents", "---\n".repeat(500_000)],
    ["faults", "[]\n".repeat(500_000)],
  ])("more %s than anybody writes", (_, text) => {
    expect(lockProblems(text).join()).toMatch(/^\d+:\d+ the file has more parts than omg reads \|/);
  });

  test("8 MiB with includes", () => {
    const comment = `#${"x".repeat(3 * MEBIBYTE)}\n`;
    const part = `${comment}env: {}\n`;
    const lock = `${comment}${HEAD}include: [a.yaml, b.yaml]\n`;
    expect(lockProblems(lock, { includes: { "a.yaml": part, "b.yaml": part } })).toEqual([
      "4:19 the lock and its includes have more than 8 MiB together",
    ]);
  });
});

describe("bytes", () => {
  test.each([
    ["NUL", "a: \0b\n", "1:4 the control character U+0000"],
    ["escape", "a: \u001b[31m\n", "1:4 the control character U+001B"],
    ["C1", "a: \u0085b\n", "1:4 the control character U+0085"],
    [
      "what was no UTF-8",
      Buffer.from([0x61, 0x3a, 0x20, 0xff]).toString("utf8"),
      "1:4 the file is not valid UTF-8 here",
    ],
    ["a byte order mark inside", "a: 1\n\ufeffb: 2\n", "2:1 a byte order mark inside the file"],
    ["a lone carriage return", "a: 1\rb: 2\n", "1:5 a carriage return without a line feed"],
    ["a merge conflict", `${HEAD}<<<<<<< ours\nenv: {}\n`, "3:1 the marks of a merge conflict are still here"],
  ])("%s", (_, text, problem) => {
    expect(lockProblems(text)[0]?.split(" | ")[0]).toBe(problem);
  });

  test("CRLF and a byte order mark at the start change nothing", () => {
    const text = `${withPackages('curl: "1.10"')}env: { A: b }\n`;
    const { digest: _, ...plain } = load(text);
    const { digest: __, ...windows } = load(`\ufeff${text.replaceAll("\n", "\r\n")}`);
    expect(windows).toEqual(plain);
  });

  test("columns after a byte order mark are those that editors show", () => {
    expect(lockProblems(`\ufeffnane: a\r\nversion: 1\r\nname: web\r\n`)).toEqual([
      "1:1 unknown key `nane` | did you mean `name`?",
    ]);
  });

  test("syntax errors are all told, with their lines", () => {
    expect(lockProblems("a: b: c\nd: 'e\n")).toEqual([
      "1:4 YAML: Nested mappings are not allowed in compact mappings",
      "3:1 YAML: Missing closing 'quote",
    ]);
  });
});
