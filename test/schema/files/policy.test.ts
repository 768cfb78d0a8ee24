import { describe, expect, test } from "vitest";
import { parsePolicy } from "../../../schema/files/policy.ts";
import { ENFORCED, policySchema } from "../../../schema/files/policy-schema.ts";
import { problemsOf } from "./locks.ts";

const parse = (text: string) => parsePolicy({ path: "/repo/omg.lock", text });
const problems = (text: string) => problemsOf(() => parse(text));

test("every enforced rule, with the line that it stands on", () => {
  const file = "/repo/omg.lock";
  const text = `version = 1
[grade]
minimum = "verified"
[grade.sources]
debian = "verified"
"My Repo" = "locked"
[grade.packages]
"openssl*" = "locked"
[origins]
allow = ["debian", "docker*"]
[signatures]
required = true
[packages]
deny = [
  "telnet*", # [ not a bracket
]
allow = ["*"]
[removals]
max = 5
[undo]
required = false
[shell]
allow = ["PATH"]
`;
  expect(parse(text)).toEqual({
    gradeMinimum: { value: "verified", file, line: 3 },
    gradeSources: {
      debian: { value: "verified", file, line: 5 },
      "My Repo": { value: "locked", file, line: 6 },
    },
    gradePackages: { "openssl*": { value: "locked", file, line: 8 } },
    originsAllow: { value: ["debian", "docker*"], file, line: 10 },
    signaturesRequired: { value: true, file, line: 12 },
    packagesDeny: { value: ["telnet*"], file, line: 14 },
    packagesAllow: { value: ["*"], file, line: 17 },
    removalsMax: { value: 5, file, line: 19 },
    undoRequired: { value: false, file, line: 21 },
    shellAllow: { value: ["PATH"], file, line: 23 },
  });
});

test("rules about provenance, each with its line: overall, for a source, for a package", () => {
  const file = "/repo/omg.lock";
  const text = `version = 1
[provenance]
level = 2
issuers = ["https://token.actions.githubusercontent.com"]
[provenance.sources."my repo"]
required = true
[provenance.packages."apt.tool-*"]
repositories = ["https://github.com/acme/*"]
workflows = [".github/workflows/release.yml"]
builders = ["https://github.com/acme/builders/.github/workflows/deb.yml@refs/tags/v*"]
`;
  expect(parse(text)).toEqual({
    provenanceLevel: { value: 2, file, line: 3 },
    provenanceIssuers: { value: ["https://token.actions.githubusercontent.com"], file, line: 4 },
    provenanceSources: { "my repo": { value: { required: true }, file, line: 5 } },
    provenancePackages: {
      "apt.tool-*": {
        value: {
          repositories: ["https://github.com/acme/*"],
          workflows: [".github/workflows/release.yml"],
          builders: ["https://github.com/acme/builders/.github/workflows/deb.yml@refs/tags/v*"],
        },
        file,
        line: 7,
      },
    },
  });
  expect(parse("version = 1\n[provenance]\n")).toEqual({});
});

test.each([
  "level = 0",
  "level = 4",
  "repositories = []",
  'builders = ["github"]',
  "requierd = true",
  "sources.a.x = 1",
])("provenance may not say %s", (line) => expect(problems(`version = 1\n[provenance]\n${line}\n`)).toHaveLength(1));

test("dotted keys and inline tables are the same rules", () => {
  const text = 'version = 1\ngrade.minimum = "locked"\ngrade.sources = { a = "risk" }\nundo = { required = true }\n';
  expect(parse(text)).toEqual({
    gradeMinimum: { value: "locked", file: "/repo/omg.lock", line: 2 },
    gradeSources: { a: { value: "risk", file: "/repo/omg.lock", line: 3 } },
    undoRequired: { value: true, file: "/repo/omg.lock", line: 4 },
  });
});

describe("a rule that cannot be enforced yet refuses the file", () => {
  const cannot = (table: string) =>
    `2:1 this build of omg cannot enforce [${table}] yet, and a rule is never passed over | remove it here, or use a build that enforces it`;
  const rules: Readonly<Record<string, string>> = {
    vulnerabilities: '[vulnerabilities]\nmax-severity = "high"\n',
    waivers: '[[waivers]]\nrule = "grade"\npackage = "curl"\nreason = "r"\nowner = "me"\nexpires = 2027-01-31\n',
    licenses: '[licenses]\ndeny = ["AGPL*"]\n',
    age: "[age]\nminimum-days = 7\n",
    drift: '[drift]\nmode = "repair"\n',
    "roll-forward": '[roll-forward]\nmode = "manual"\n',
    windows: '[[windows]]\ndays = ["sat"]\nfrom = "02:00"\nto = "04:00"\n',
  };

  test.each(Object.entries(rules))("%s", (table, text) => {
    expect(problems(`version = 1\n${text}`)).toEqual([cannot(table)]);
  });

  test("even an empty one", () => {
    expect(problems("version = 1\n[age]\n")).toEqual([cannot("age")]);
  });

  test("and there is no table that is neither enforced nor refused", () => {
    const tables = Object.keys(policySchema.shape).filter((table) => table !== "version");
    expect(tables.toSorted()).toEqual([...ENFORCED, ...Object.keys(rules)].toSorted());
  });
});

describe("refused", () => {
  test.each([
    ["an empty file", "", ["1:1 `version` is missing"]],
    ["an unknown table", "version = 1\n[grades]\n", ["2:1 unknown key `grades` | did you mean `grade`?"]],
    ["an unknown key", 'version = 1\n[packages]\ndney = ["x"]\n', ["3:1 unknown key `dney` | did you mean `deny`?"]],
    [
      "an unknown word",
      'version = 1\n[grade]\nminimum = "verifed"\n',
      ['3:11 expected one of risk, community, verified, locked, found "verifed" | did you mean `verified`?'],
    ],
    ["a wrong type", 'version = 1\n[signatures]\nrequired = "yes"\n', ['3:12 expected true or false, found "yes"']],
    ["text for a list", 'version = 1\n[packages]\ndeny = "x"\n', ['3:8 expected a list, found "x"']],
    ["a fraction", "version = 1\n[removals]\nmax = 1.5\n", ["3:7 expected a whole number, found the number 1.5"]],
    ["a negative number", "version = 1\n[removals]\nmax = -1\n", ["3:7 expected 0 or more"]],
    ["a number too large", "version = 1\n[removals]\nmax = 9223372036854775807\n", ["3:7 expected a whole number"]],
    ["a duplicate key", "version = 1\nversion = 1\n", ["2:11 TOML: Can't redefine existing key"]],
    ["a duplicate table", "version = 1\n[undo]\n[undo]\n", ["3:5 TOML: Can't redefine existing key"]],
    ["no TOML", "version: 1\n", ['1:8 TOML: Invalid character, expected "="']],
    ["deep lists", `version = 1\na = ${"[".repeat(100_000)}`, ["1:1 nested too deeply"]],
    ["deep keys", `version = 1\n${"a.".repeat(100_000)}a = 1\n`, ["1:1 nested too deeply"]],
    [
      "a name behind maps",
      'version = 1\n[grade]\npackages = { "__proto__" = "locked" }\n',
      ["1:1 `__proto__` cannot be used as a name"],
    ],
    [
      "NUL",
      "version = 1\0\n",
      [
        "1:12 the control character U+0000 | remove it; in YAML and TOML it can be written as an escape in double quotes",
      ],
    ],
    [
      "all at once",
      "version = 2\n[undo]\nrequired = 1\n[age]\n",
      [
        "1:11 expected 1, found the number 2",
        "3:12 expected true or false, found the number 1",
        "4:1 this build of omg cannot enforce [age] yet, and a rule is never passed over | remove it here, or use a build that enforces it",
      ],
    ],
  ])("%s", (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  test("with its own code", () => {
    expect(() => parse("")).toThrow(expect.objectContaining({ code: "policy-invalid", exit: "invalid" }));
  });
});
