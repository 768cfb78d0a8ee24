import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loosenings } from "../../policy/loosening.ts";
import { parsePolicy } from "../../schema/files/policy.ts";
import type { PolicyFile } from "../../schema/model/policy.ts";

const policy = (text: string): PolicyFile => parsePolicy({ path: "/p/policy.toml", text: `version = 1\n${text}` });
const between = (before: string, now: string) =>
  loosenings(policy(before), policy(now)).map((one) => `${one.rule}: ${one.before} -> ${one.now}`);

const WAIVER = '[[waivers]]\nrule = "packages.deny"\npackage = "x"\nreason = "r"\nowner = "o"\nexpires = 2027-01-31\n';

describe("what asks for less", () => {
  it.each([
    [
      "a lower grade",
      '[grade]\nminimum = "verified"',
      '[grade]\nminimum = "risk"',
      'grade.minimum: "verified" -> "risk"',
    ],
    ["a rule that is gone", "[removals]\nmax = 5", "", "removals.max: 5 -> "],
    ["a larger number of removals", "[removals]\nmax = 5", "[removals]\nmax = 6", "removals.max: 5 -> 6"],
    ["older lists", "[indexes]\nmax-age = 5", "[indexes]\nmax-age = 50", "indexes.max-age: 5 -> 50"],
    ["a younger age", "[age]\nminimum-days = 7", "[age]\nminimum-days = 6", "age.minimum-days: 7 -> 6"],
    ["a younger age of one source", "[age.sources]\na = 7", "[age.sources]\na = 6", "age.sources.a: 7 -> 6"],
    [
      "a name that is denied no more",
      '[packages]\ndeny = ["a", "b"]',
      '[packages]\ndeny = ["a"]',
      'packages.deny: ["a", "b"] -> ["a"]',
    ],
    [
      "one more source",
      '[origins]\nallow = ["a"]',
      '[origins]\nallow = ["a", "b"]',
      'origins.allow: ["a"] -> ["a", "b"]',
    ],
    [
      "a demand that is false now",
      "[undo]\nrequired = true",
      "[undo]\nrequired = false",
      "undo.required: true -> false",
    ],
    ["a rule that only warns now", "[removals]\nmax = 5", 'mode = "warn"\n[removals]\nmax = 5', "removals.max: 5 -> "],
    ["drift put back again", '[drift]\nmode = "report"', '[drift]\nmode = "apply"', 'drift.mode: "report" -> "apply"'],
    ["newer commits applied again", '[roll-forward]\nmode = "report"', "", 'roll-forward.mode: "report" -> '],
    ["a waiver", "", WAIVER, "waivers:  -> packages.deny of x until 2027-01-31"],
    [
      "a waiver that lasts longer",
      WAIVER,
      WAIVER.replace("2027", "2028"),
      "waivers:  -> packages.deny of x until 2028-01-31",
    ],
    [
      "a repository more in a table of provenance",
      '[provenance.sources.docker]\nrepositories = ["https://github.com/a/*"]',
      '[provenance.sources.docker]\nrepositories = ["https://github.com/a/*", "https://github.com/b/*"]',
      'provenance.sources.docker: {"repositories":["https://github.com/a/*"]} -> {"repositories":["https://github.com/a/*","https://github.com/b/*"]}',
    ],
    [
      "a vulnerability more of one package",
      '[vulnerabilities.packages."ssh*"]\nmax-severity = "low"\nunknown = "refuse"',
      '[vulnerabilities.packages."ssh*"]\nmax-severity = "high"\nunknown = "refuse"',
      'vulnerabilities.packages.ssh*.max-severity: "low" -> "high"',
    ],
    [
      "a license of which nothing is known",
      '[licenses]\nunknown = "refuse"',
      '[licenses]\nunknown = "allow"',
      'licenses.unknown: "refuse" -> "allow"',
    ],
    [
      "a license of which nothing is known, where nothing was said of that",
      '[licenses]\ndeny = ["A"]',
      '[licenses]\ndeny = ["A"]\nunknown = "allow"',
      'licenses.unknown: "refuse" -> "allow"',
    ],
    [
      "a license more from one source",
      '[licenses.sources.docker]\nallow = ["MIT"]',
      '[licenses.sources.docker]\nallow = ["MIT", "ISC"]',
      'licenses.sources.docker.allow: ["MIT"] -> ["MIT", "ISC"]',
    ],
    [
      "a license that one package may have again",
      '[licenses.packages."lib*"]\ndeny = ["A", "B"]',
      '[licenses.packages."lib*"]\ndeny = ["A"]',
      'licenses.packages.lib*.deny: ["A", "B"] -> ["A"]',
    ],
    [
      "a license of one package of which nothing is known",
      '[licenses.packages.x]\ndeny = ["A"]',
      '[licenses]\nunknown = "allow"\n[licenses.packages.x]\ndeny = ["A"]',
      'licenses.packages.x.unknown: "refuse" -> "allow"',
    ],
    [
      "vulnerabilities that a grade kept out",
      '[grade]\nminimum = "verified"',
      '[grade]\nminimum = "verified"\n[vulnerabilities]\nmax-severity = "critical"',
      'vulnerabilities.max-severity:  -> "critical", which grades leave the known vulnerabilities to',
    ],
    ["a source that may be added again", '[sources]\nallow = ["a"]', "", 'sources.allow: ["a"] -> '],
  ])("%s", (_, before, now, said) => {
    expect(between(before, now)).toEqual([said]);
    expect(between(before, before)).toEqual([]);
  });

  it.each([
    ["a better grade", '[grade]\nminimum = "risk"', '[grade]\nminimum = "verified"'],
    ["a new rule", "", "[removals]\nmax = 5"],
    ["fewer removals", "[removals]\nmax = 5", "[removals]\nmax = 4"],
    ["an older age", "[age]\nminimum-days = 7", "[age]\nminimum-days = 8"],
    ["one more name that is denied", '[packages]\ndeny = ["a"]', '[packages]\ndeny = ["b", "a"]'],
    ["one source fewer", '[origins]\nallow = ["a", "b"]', '[origins]\nallow = ["b"]'],
    ["a warning that is gone", 'mode = "warn"\n[removals]\nmax = 5', ""],
    ["a waiver that is gone", WAIVER, ""],
    ["a waiver that ends sooner, for another reason", WAIVER, WAIVER.replace("2027", "2026").replace('"r"', '"s"')],
    ["a demand that never was one", "[undo]\nrequired = false", ""],
    ["a permission that counts nowhere", '[shell]\nallow = ["PATH"]', ""],
    [
      "a table of provenance that asks for more",
      '[provenance.sources.docker]\nlevel = 2\nrepositories = ["https://github.com/a/*", "https://github.com/b/*"]',
      '[provenance.sources.docker]\nlevel = 3\nrequired = true\nrepositories = ["https://github.com/a/*"]',
    ],
    ["a lower severity", '[vulnerabilities]\nmax-severity = "high"', '[vulnerabilities]\nmax-severity = "low"'],
    ["another line", "[removals]\nmax = 5", "\n\n[removals]\nmax = 5"],
  ])("and what does not: %s", (_, before, now) => {
    expect(between(before, now)).toEqual([]);
  });

  it("names both lines", () => {
    const [found] = loosenings(policy("[removals]\nmax = 5"), policy("\n[removals]\nmax = 6"));
    expect(found).toMatchObject({ beforeLine: 3, nowLine: 4 });
  });

  it("is any change of a rule that nothing is known of", () => {
    const file = (value: unknown) => ({ licensesStrange: { value, file: "/p", line: 1 } }) as PolicyFile;
    expect(loosenings(file("a"), file("b"))).toMatchObject([{ rule: "licenses.strange", before: '"a"', now: '"b"' }]);
    expect(loosenings(file(1), file(2))).toHaveLength(1);
    expect(loosenings(file(false), file(true))).toHaveLength(1);
    expect(loosenings(file(["a"]), file(["a", "b"]))).toHaveLength(1);
    expect(loosenings(file(["a", "b"]), file(["b", "a"]))).toEqual([]);
    expect(loosenings(file({ a: 1 }), file({ a: 1 }))).toEqual([]);
    expect(loosenings(file({ a: 1 }), file({ a: 2 }))).toHaveLength(1);
  });
});

it("a policy is as strict as itself, and as what it holds and more", () => {
  const grade = fc.constantFrom("risk", "community", "verified", "locked");
  const texts = fc.record({ grade, removals: fc.nat(9), deny: fc.subarray(["a", "b", "c"]), required: fc.boolean() });
  fc.assert(
    fc.property(texts, fc.subarray([0, 1, 2, 3]), (values, kept) => {
      const tables = [
        `[grade]\nminimum = "${values.grade}"`,
        `[removals]\nmax = ${values.removals}`,
        `[packages]\ndeny = ${JSON.stringify(values.deny)}`,
        `[signatures]\nrequired = ${values.required}`,
      ];
      const all = policy(tables.join("\n"));
      const some = policy(kept.map((index) => tables[index]).join("\n"));
      expect(loosenings(all, all)).toEqual([]);
      expect(loosenings(some, all)).toEqual([]);
    }),
  );
});
