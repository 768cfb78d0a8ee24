import { describe, expect, test } from "vitest";
import { parsePolicyTest } from "../../../schema/files/policy-test.ts";
import { problemsOf } from "./locks.ts";

const TOML = `version = 1
today = 2026-11-25
[[cases]]
name = "one"
package = "telnetd"
expect = { verdict = "refused", rules = ["packages.deny"] }

[[cases]]
name = "two"
package = "apt.curl"
from = "debian"
first-seen = "2026-11-20T12:00Z"
evidence = { signature = "absent" }
facts = { license = { expression = "MIT" } }
[cases.expect]
verdict = "allowed"
`;

const YAML = `version: 1
today: "2026-11-25"
cases:
  - name: one
    package: telnetd
    expect: { verdict: refused, rules: [packages.deny] }
  - name: two
    package: apt.curl
    from: debian
    first-seen: "2026-11-20T12:00Z"
    evidence: { signature: absent }
    facts: { license: { expression: MIT } }
    expect:
      verdict: allowed
`;

const cases = (path: string, text: string) => parsePolicyTest({ path, text });

test("TOML and YAML say the same, each with its lines", () => {
  const toml = cases("/p/policy-test.toml", TOML);
  const yaml = cases("/p/policy-test.yaml", YAML);
  const bare = ({ today, cases: all }: typeof toml) => ({ today, all: all.map((one) => ({ ...one, line: 0 })) });
  expect(bare(toml)).toEqual(bare(yaml));
  expect(toml.cases.map(({ line }) => line)).toEqual([3, 8]);
  expect(yaml.cases.map(({ line }) => line)).toEqual([4, 7]);
  expect(toml.cases[1]).toMatchObject({ "first-seen": "2026-11-20T12:00Z", expect: { verdict: "allowed" } });
});

describe("refused", () => {
  const problems = (text: string, path = "/p/policy-test.toml") =>
    problemsOf(() => cases(path, text)).map((problem) => problem.replace(`${path}:`, ""));

  test.each([
    ["no cases", "version = 1\ncases = []\n", ["2:9 has no cases"]],
    ["nothing", "", ["1:1 `version` is missing", "1:1 `cases` is missing"]],
    [
      "a word",
      TOML.replace('"refused"', '"refuse"'),
      ['6:10 expected one of allowed, warned, waived, refused, found "refuse" | did you mean `refused`?'],
    ],
    ["an unknown key", TOML.replace("from =", "form ="), ["11:1 unknown key `form` | did you mean `from`?"]],
    ["no expectation", 'version = 1\n[[cases]]\nname = "x"\npackage = "y"\n', ["2:1 `expect` is missing"]],
    [
      "a day that is none",
      TOML.replace("2026-11-20T12:00Z", "2026-13-20"),
      ['12:14 "2026-13-20" is no time of the calendar'],
    ],
  ])("%s", (_, text, said) => {
    expect(problems(text)).toEqual(said);
  });

  test("YAML that is no one document", () => {
    expect(problems("a: 1\n---\nb: 2\n", "/p/t.yaml")).toEqual(["1:1 expected one document with a map of keys"]);
    expect(problems("a: &x 1\n", "/p/t.yml")[0]).toMatch(/anchor/);
  });
});
