import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { BUILT_IN_POLICY, effectivePolicy } from "../../policy/effective.ts";
import { evaluate } from "../../policy/evaluate.ts";
import { grade } from "../../policy/grade.ts";
import { recordedEvidence } from "../../policy/recorded.ts";
import { parsePolicy } from "../../schema/files/policy.ts";
import type { Evidence, Violation } from "../../schema/model/artifact.ts";
import type { PolicyFile } from "../../schema/model/policy.ts";
import type { Severity, Vulnerability } from "../../schema/model/vulnerability.ts";
import { artifactOf, evidence, install, rule, transaction } from "./samples.ts";

const GOOD = [evidence("checksum", "pass"), evidence("signature", "pass")];

function hole(id: string, severity: Severity, fixed?: string): Vulnerability {
  return { id, aliases: [`DEBIAN-${id}`], severity, ...(fixed !== undefined && { fixed }) };
}

function known(vulnerabilities: readonly Vulnerability[], age = 1): Evidence {
  const counted = vulnerabilities.some(({ severity }) => severity !== "none");
  return {
    ...evidence("vulnerabilities", counted ? "fail" : "pass"),
    detail: "It has holes.",
    facts: { date: "2026-11-20T00:00:00.000Z", age: String(age), database: "https://lists.example" },
    vulnerabilities,
  };
}

const UNKNOWN: Evidence = { ...evidence("vulnerabilities", "unknown", "no-database"), detail: "There is no list." };

function violations(machine: PolicyFile, found: readonly Evidence[], repository?: PolicyFile): readonly Violation[] {
  const all = [...GOOD, ...found];
  const judgement = {
    address: "apt.curl",
    sha256: artifactOf("curl").sha256,
    evidence: all,
    grade: grade(all),
  } as const;
  const policy = effectivePolicy({ builtIn: BUILT_IN_POLICY, machine, ...(repository && { repository }) });
  return evaluate(policy, [transaction([install("curl")], [artifactOf("curl")])], [judgement], new Date());
}

const ids = (found: readonly Violation[]) => found.flatMap(({ ids: named = ["-"] }) => named);

describe("the highest severity that may be", () => {
  const all = [
    hole("CVE-1", "critical", "2"),
    hole("CVE-2", "unknown"),
    hole("CVE-3", "high"),
    hole("CVE-4", "medium", "2"),
    hole("CVE-5", "low"),
    hole("CVE-6", "none"),
  ];
  test.each<[Severity, string[]]>([
    ["critical", []],
    ["high", ["CVE-1", "CVE-2"]],
    ["medium", ["CVE-1", "CVE-2", "CVE-3"]],
    ["low", ["CVE-1", "CVE-2", "CVE-3", "CVE-4"]],
    ["none", ["CVE-1", "CVE-2", "CVE-3", "CVE-4", "CVE-5"]],
  ])("%s", (severity, refused) => {
    expect(ids(violations({ vulnerabilitiesMaxSeverity: rule(severity) }, [known(all)]))).toEqual(refused);
  });

  it("counts what has no fix unless it is to be ignored, everywhere or for a package", () => {
    const file: PolicyFile = { vulnerabilitiesMaxSeverity: rule("none"), vulnerabilitiesUnfixed: rule("ignore") };
    expect(ids(violations(file, [known(all)]))).toEqual(["CVE-1", "CVE-4"]);
    const counted = { ...file, vulnerabilitiesUnfixedPackages: { "cur*": rule("count" as const) } };
    expect(ids(violations(counted, [known(all)]))).toHaveLength(5);
  });

  it("is the strictest of what applies, by source and package", () => {
    const file: PolicyFile = {
      vulnerabilitiesMaxSeverity: rule("high"),
      vulnerabilitiesMaxSeveritySources: { debian: rule("medium"), other: rule("none") },
      vulnerabilitiesMaxSeverityPackages: { "apt.curl": rule("critical"), wget: rule("none") },
    };
    const found = violations(file, [known(all)]);
    expect(ids(found)).toEqual(["CVE-1", "CVE-2", "CVE-3"]);
    expect(found[0]).toMatchObject({
      address: "apt.curl",
      rule: "vulnerabilities.sources.debian.max-severity",
      file: "/repo/policy.toml",
      line: 3,
      ids: ["CVE-1"],
      aliases: ["DEBIAN-CVE-1"],
      message:
        "curl 1.0 from debian has CVE-1 (critical, fixed in 2); medium is the worst that may be. The list is of 2026-11-20, 1 days ago.",
    });
  });

  it("refuses nothing where nobody asks: holes are no failed check", () => {
    expect(violations({}, [known(all)])).toEqual([]);
    expect(violations({}, [UNKNOWN])).toEqual([]);
  });
});

describe("what is not known", () => {
  test.each<[string, PolicyFile, readonly Evidence[], readonly string[]]>([
    ["refused", { vulnerabilitiesUnknown: rule("refuse") }, [UNKNOWN], ["vulnerabilities.unknown"]],
    ["refused where nobody looked", { vulnerabilitiesUnknown: rule("refuse") }, [], ["vulnerabilities.unknown"]],
    ["allowed", { vulnerabilitiesUnknown: rule("allow"), vulnerabilitiesMaxSeverity: rule("none") }, [UNKNOWN], []],
    [
      "refused of one source",
      { vulnerabilitiesUnknown: rule("allow"), vulnerabilitiesUnknownSources: { debian: rule("refuse") } },
      [UNKNOWN],
      ["vulnerabilities.sources.debian.unknown"],
    ],
    ["a list that is too old", { vulnerabilitiesMaxAge: rule(7) }, [known([], 8)], ["vulnerabilities.max-age"]],
    ["a list that is old enough", { vulnerabilitiesMaxAge: rule(7) }, [known([], 7)], []],
  ])("%s", (_, file, found, rules) => {
    expect(violations(file, found).map((each) => each.rule)).toEqual(rules);
  });
});

describe("grades", () => {
  const MINIMUM: PolicyFile = { gradeMinimum: rule("verified") };
  const found = [known([hole("CVE-1", "low")])];

  it("are risk with a hole, and not with what does not count", () => {
    expect(grade([...GOOD, ...found])).toBe("risk");
    expect(grade([...GOOD, known([hole("CVE-1", "none")])])).toBe("verified");
    expect(grade([...GOOD, UNKNOWN])).toBe("verified");
  });

  it("leave holes to [vulnerabilities] where each policy with a grade has it", () => {
    const both: PolicyFile = { ...MINIMUM, vulnerabilitiesMaxSeverity: rule("high") };
    expect(violations(MINIMUM, found).map((each) => each.rule)).toEqual(["grade.minimum"]);
    expect(violations(both, found)).toEqual([]);
    expect(violations(MINIMUM, found, both).map((each) => each.rule)).toEqual(["grade.minimum"]);
    expect(violations(both, found, MINIMUM).map((each) => each.rule)).toEqual(["grade.minimum"]);
    expect(violations(MINIMUM, found, { vulnerabilitiesMaxSeverity: rule("critical") })).toHaveLength(1);
    expect(violations(both, found, both)).toEqual([]);
  });

  it("do not forgive anything else", () => {
    const both: PolicyFile = { ...MINIMUM, vulnerabilitiesMaxSeverity: rule("critical") };
    expect(violations(both, [evidence("provenance", "fail"), ...found]).map((each) => each.rule)).toEqual([
      "checks",
      "grade.minimum",
    ]);
  });
});

it("what an earlier run found out about holes does not come back with its other evidence", () => {
  const chain = { type: "recorded", evidence: [...GOOD, known([]), UNKNOWN] } as const;
  expect(recordedEvidence(chain).map(({ check }) => check)).toEqual(["signature"]);
});

const word = (name: string, ...words: readonly string[]) =>
  fc.constantFrom("", ...words.map((each) => `${name} = "${each}"\n`));
const table = fc
  .tuple(
    word("max-severity", "none", "low", "medium", "high", "critical"),
    word("unknown", "allow", "refuse"),
    word("unfixed", "count", "ignore"),
  )
  .map((lines) => lines.join(""));
const policyFile = fc
  .record({
    minimum: word("minimum", "risk", "community", "verified", "locked"),
    overall: table,
    age: fc.constantFrom("", "max-age = 1\n", "max-age = 3\n"),
    sources: fc.option(table),
    packages: fc.option(table),
  })
  .map(({ minimum, overall, age, sources, packages }) => {
    const own = sources === null ? "" : `[vulnerabilities.sources.debian]\n${sources}`;
    const others = packages === null ? "" : `[vulnerabilities.packages."cur*"]\n${packages}`;
    const text = `version = 1\n[grade]\n${minimum}[vulnerabilities]\n${overall}${age}${own}${others}`;
    return parsePolicy({ path: "/repo/policy.toml", text });
  });
const holes = fc.array(
  fc.tuple(fc.constantFrom<Severity>("none", "low", "high", "critical", "unknown"), fc.boolean()),
  { maxLength: 4 },
);

it("a repository's policy never lets a hole through that the machine's refuses alone", () => {
  fc.assert(
    fc.property(policyFile, policyFile, fc.option(holes), fc.nat({ max: 4 }), (machine, repository, found, age) => {
      const listed = (found ?? []).map(([level, fixed], index) => hole(`CVE-${index}`, level, fixed ? "2" : undefined));
      const pieces = found === null ? [UNKNOWN] : [known(listed, age)];
      const about = (each: Violation) => `${each.rule.split(".").at(-1)} ${each.ids}`;
      const both = new Set(violations(machine, pieces, repository).map(about));
      expect(
        violations(machine, pieces)
          .map(about)
          .filter((each) => !both.has(each)),
      ).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
