import { describe, expect, test } from "vitest";
import { parsePolicy } from "../../../schema/files/policy.ts";
import { policySchema, TABLES } from "../../../schema/files/policy-schema.ts";
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
deny = ["sudo"]
[age]
minimum-days = 7
sources = { internal = 0 }
[age.packages]
"linux-*" = 14
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
    removalsDeny: { value: ["sudo"], file, line: 20 },
    ageMinimum: { value: 7, file, line: 22 },
    ageSources: { internal: { value: 0, file, line: 23 } },
    agePackages: { "linux-*": { value: 14, file, line: 25 } },
    undoRequired: { value: false, file, line: 27 },
    shellAllow: { value: ["PATH"], file, line: 29 },
  });
});

test.each([
  ["deny = 2026-11-15\nallow = 2026-13-45", "3:9"],
  ["allow = 2026-11-151", "2:9"],
  ["allow = 2026-11-15T25:00:00Z", "2:9"],
])("a date that there is not is named with its place: %s", (text, place) => {
  expect(problems(`[packages]\n${text}`)).toEqual([`${place} TOML: no such date or time`]);
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

test("modes, of the file and of its tables", () => {
  const text = 'version = 1\nmode = "warn"\n[grade]\nmode = "enforce"\n[undo]\nrequired = true\n';
  expect(parse(text)).toEqual({
    undoRequired: { value: true, file: "/repo/omg.lock", line: 6 },
    modes: { whole: "warn", tables: { grade: "enforce" } },
  });
  expect(parse("version = 1\n[undo]\nrequired = true\n").modes).toBeUndefined();
  expect(problems('version = 1\n[shell]\nmode = "warn"\n')).toEqual(["3:1 unknown key `mode` | known here: allow"]);
  expect(problems('version = 1\nmode = "wran"\n')).toEqual([
    '2:8 expected one of enforce, warn, found "wran" | did you mean `warn`?',
  ]);
});

test("every rule is named after its table, which modes and comparisons go by", () => {
  const text = `version = 1
[grade]
minimum = "risk"
[indexes]
max-age = 1
[age]
minimum-days = 1
[removals]
max = 1
deny = []
`;
  for (const name of Object.keys(parse(text)))
    expect(Object.keys(policySchema.shape)).toContain(/^[a-z]+/.exec(name)?.[0]);
});

describe("waivers", () => {
  const waiver = (parts: string) =>
    `version = 1\n[[waivers]]\nrule = "packages.deny"\npackage = "telnet*"\nreason = "r"\nowner = "o"\nexpires = 2027-01-31\n${parts}`;

  test("with the line that each begins on; a date needs no quotes", () => {
    const two = `${waiver('id = "CVE-2026-1234"\n')}[[waivers]]\nrule = "grade.sources.docker"\npackage = "*"\nreason = "r"\nowner = "o"\nexpires = "2026-12-01"\n`;
    expect(parse(two).waivers).toEqual([
      {
        value: {
          rule: "packages.deny",
          package: "telnet*",
          id: "CVE-2026-1234",
          reason: "r",
          owner: "o",
          expires: "2027-01-31",
        },
        file: "/repo/omg.lock",
        line: 2,
      },
      {
        value: { rule: "grade.sources.docker", package: "*", reason: "r", owner: "o", expires: "2026-12-01" },
        file: "/repo/omg.lock",
        line: 9,
      },
    ]);
  });

  test.each([
    ["checks", "no waiver lifts `checks` | it is built in"],
    ["protected", "no waiver lifts `protected` | it is built in"],
    ["sources.allow", "no waiver lifts `sources.allow` | it is no demand on packages"],
    ["shell.allow", "no waiver lifts `shell.allow` | it is no demand on packages"],
    ["drift.mode", "no waiver lifts `drift.mode` | it is no demand on packages"],
  ])("of %s are refused", (rule, said) => {
    expect(problems(waiver("").replace("packages.deny", rule))).toEqual([`3:8 ${said}`]);
  });

  test.each(["packages", "pakages.deny", "*", "waivers.x"])("of `%s` are about no rule", (rule) => {
    expect(problems(waiver("").replace("packages.deny", rule))[0]).toMatch(
      /^3:8 `.*` is not a rule that can be waived/,
    );
  });

  test("have a reason, an owner and a day of the calendar", () => {
    expect(problems(waiver("").replace('reason = "r"\n', ""))).toEqual(["2:1 `reason` is missing"]);
    expect(problems(waiver("").replace("2027-01-31", '"2027-02-31"'))).toEqual([
      '7:11 "2027-02-31" is no day of the calendar',
    ]);
  });
});

test("has no table that the list of tables does not know", () => {
  const tables = Object.keys(policySchema.shape).filter((table) => !["version", "mode"].includes(table));
  expect(tables.toSorted()).toEqual(TABLES.toSorted());
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
      'version = 2\n[undo]\nrequired = 1\n[drift]\nmode = "repair"\n[roll-forward]\n',
      [
        "1:11 expected 1, found the number 2",
        "3:12 expected true or false, found the number 1",
        '5:8 expected one of report, apply, found "repair"',
        "6:1 `mode` is missing",
      ],
    ],
  ])("%s", (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  test("with its own code", () => {
    expect(() => parse("")).toThrow(expect.objectContaining({ code: "policy-invalid", exit: "invalid" }));
  });
});

describe("[vulnerabilities]", () => {
  const rules = (text: string) => {
    const { gradeMinimum: _, ...rest } = parsePolicy({ path: "/p", text: `version = 1\n${text}` });
    return Object.fromEntries(
      Object.entries(rest).map(([name, found]) => [
        name,
        "value" in found && "file" in found
          ? [found.value, (found as { line: number }).line]
          : Object.fromEntries(Object.entries(found).map(([key, { value, line }]) => [key, [value, line]])),
      ]),
    );
  };

  test("whoever names a highest severity has the unknown refused, unless they say otherwise", () => {
    expect(rules('[vulnerabilities]\nmax-severity = "high"\n')).toEqual({
      vulnerabilitiesMaxSeverity: ["high", 3],
      vulnerabilitiesUnknown: ["refuse", 3],
      vulnerabilitiesUnfixed: ["count", 3],
    });
    expect(rules('[vulnerabilities]\nmax-severity = "high"\nunknown = "allow"\n')).toMatchObject({
      vulnerabilitiesUnknown: ["allow", 4],
    });
    expect(rules("[vulnerabilities]\nmax-age = 7\n")).toEqual({
      vulnerabilitiesMaxAge: [7, 3],
      vulnerabilitiesUnknown: ["refuse", 3],
    });
    expect(rules('[vulnerabilities]\nunfixed = "ignore"\n')).toEqual({ vulnerabilitiesUnfixed: ["ignore", 3] });
    expect(rules("[vulnerabilities]\n")).toEqual({});
  });

  test("of one source or package, too", () => {
    const text = `[vulnerabilities]
unknown = "allow"
[vulnerabilities.sources.debian]
unknown = "refuse"
[vulnerabilities.packages."ssh*"]
max-severity = "none"
unfixed = "count"
`;
    expect(rules(text)).toEqual({
      vulnerabilitiesUnknown: ["allow", 3],
      vulnerabilitiesUnknownSources: { debian: ["refuse", 5] },
      vulnerabilitiesMaxSeverityPackages: { "ssh*": ["none", 7] },
      vulnerabilitiesUnknownPackages: { "ssh*": ["allow", 7] },
      vulnerabilitiesUnfixedPackages: { "ssh*": ["count", 8] },
    });
  });

  test("a word that is none is an error", () => {
    expect(problems('version = 1\n[vulnerabilities]\nmax-severity = "hihg"\n').join()).toContain("3:");
    expect(problems('version = 1\n[vulnerabilities]\nunknown = "warn"\n')).toHaveLength(1);
    expect(problems("version = 1\n[vulnerabilities]\nmax-sevrity = 3\n").join()).toContain("max-severity");
  });
});
