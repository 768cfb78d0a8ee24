import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rulebook } from "../../policy/decide.ts";
import { GRADES } from "../../policy/grade.ts";
import type { Judgement, Violation } from "../../schema/model/artifact.ts";
import type { Policies, PolicyFile, Rule } from "../../schema/model/policy.ts";
import type { Waiver } from "../../schema/model/waiver.ts";
import { artifactOf, evidence, install, judged, removal, rule, setting, transaction } from "./samples.ts";

const MACHINE = "/etc/omg/policy.toml";
const REPOSITORY = "/repo/policy.toml";
const EARLIER = "/repo/policy.toml as last applied";
const NOW = new Date("2026-11-21T12:00:00Z");
const GOOD = [evidence("checksum", "pass"), evidence("signature", "pass")];

function waiver(parts: Partial<Waiver>, file = REPOSITORY, line = 20): Rule<Waiver> {
  const value = {
    rule: "packages.deny",
    package: "*",
    reason: "needed",
    owner: "ops",
    expires: "2026-11-21",
    ...parts,
  };
  return { value, file, line };
}

function decide(policies: Omit<Policies, "builtIn">, names: readonly string[], judgements?: readonly Judgement[]) {
  const transactions = [
    transaction(
      names.map((name) => install(name)),
      names.map((name) => artifactOf(name)),
    ),
  ];
  const given = judgements ?? names.map((name) => judged(name, "verified", GOOD));
  return rulebook({ builtIn: {}, ...policies }).decide(transactions, given, NOW);
}

const brief = (found: readonly Violation[]) =>
  found.map(({ address, rule: name, file }) => `${address} ${name} ${file}`);

describe("modes", () => {
  const deny = (file: string, modes: PolicyFile["modes"]): PolicyFile => ({
    packagesDeny: rule(["a"], file),
    gradeMinimum: rule("locked", file),
    ...(modes === undefined ? {} : { modes }),
  });

  it("warn of a whole file: all of it is told, and nothing refused", () => {
    const { violations, warnings } = decide({ machine: deny(MACHINE, { whole: "warn", tables: {} }) }, ["a"]);
    expect(violations).toEqual([]);
    expect(brief(warnings)).toEqual([`apt.a grade.minimum ${MACHINE}`, `apt.a packages.deny ${MACHINE}`]);
  });

  it("of a table stands above that of the file", () => {
    const modes = { whole: "warn", tables: { packages: "enforce" } } as const;
    const { violations, warnings } = decide({ machine: deny(MACHINE, modes) }, ["a"]);
    expect(brief(violations)).toEqual([`apt.a packages.deny ${MACHINE}`]);
    expect(brief(warnings)).toEqual([`apt.a grade.minimum ${MACHINE}`]);
  });

  it("warn in a repository leaves what the machine enforces as it is, and nothing is said twice", () => {
    const repository = deny(REPOSITORY, { whole: "warn", tables: {} });
    const { violations, warnings } = decide({ machine: deny(MACHINE, undefined), repository }, ["a"]);
    expect(brief(violations)).toEqual([`apt.a grade.minimum ${MACHINE}`, `apt.a packages.deny ${MACHINE}`]);
    expect(warnings).toEqual([]);
  });

  it("never soften what is built in, nor permissions", () => {
    const machine = { modes: { whole: "warn", tables: { shell: "warn", sources: "warn", checks: "warn" } } } as const;
    const bad = [judged("a", "risk", [evidence("checksum", "fail")])];
    expect(brief(decide({ machine }, ["a"], bad).violations)).toEqual(["apt.a checks built-in"]);
    const steps = [transaction([setting("env.LD_PRELOAD")])];
    expect(brief(rulebook({ builtIn: {}, machine }).decide(steps, [], NOW).violations)).toEqual([
      "shell.env.LD_PRELOAD shell.allow built-in",
    ]);
  });

  it("count for rules that this file has never heard of, by the name of their table", () => {
    const file = { modes: { tables: { licenses: "warn" } }, licensesDeny: rule(["AGPL*"]) } as PolicyFile;
    const digest = rulebook({ builtIn: {}, repository: file }).enforced.digest;
    expect(digest).toBe(rulebook({ builtIn: {} }).enforced.digest);
  });

  it("are part of the digest", () => {
    const of = (modes: PolicyFile["modes"]) => rulebook({ builtIn: {}, machine: deny(MACHINE, modes) }).digest;
    expect(of({ whole: "enforce", tables: {} })).toBe(of(undefined));
    expect(of({ whole: "warn", tables: {} })).not.toBe(of(undefined));
  });
});

describe("waivers", () => {
  const repository = { packagesDeny: rule(["a", "b"], REPOSITORY) };
  const machine = { packagesDeny: rule(["a"], MACHINE) };

  it("lift what they name, and it is shown with them", () => {
    const placed = waiver({ package: "a" });
    const { violations, waived } = decide({ repository: { ...repository, waivers: [placed] } }, ["a", "b"]);
    expect(brief(violations)).toEqual([`apt.b packages.deny ${REPOSITORY}`]);
    expect(waived).toEqual([
      { violation: expect.objectContaining({ address: "apt.a" }), waiver: placed.value, file: REPOSITORY, line: 20 },
    ]);
  });

  it("count on their last day, and are named once it is over", () => {
    const lasting = (expires: string) =>
      decide({ repository: { ...repository, waivers: [waiver({ expires })] } }, ["a"]).violations;
    expect(lasting("2026-11-21")).toEqual([]);
    expect(lasting("2026-11-20")).toMatchObject([
      { message: expect.stringContaining(`The waiver of ops (${REPOSITORY}:20) ended with 2026-11-20.`) },
    ]);
  });

  it("are for one rule, by its whole name", () => {
    for (const name of ["packages.allow", "packages", "*", "packages.*"])
      expect(
        decide({ repository: { ...repository, waivers: [waiver({ rule: name })] } }, ["a"]).violations,
      ).toHaveLength(1);
  });

  it("of a repository lift nothing of the machine's, not even what the repository's stricter rule hid", () => {
    const waivers = [waiver({})];
    const { violations } = decide({ machine, repository: { ...repository, waivers } }, ["a", "b"]);
    expect(brief(violations)).toEqual([`apt.a packages.deny ${MACHINE}`]);
    const grades = decide(
      {
        machine: { gradeMinimum: rule("locked", MACHINE) },
        repository: { gradeMinimum: rule("locked", REPOSITORY), waivers: [waiver({ rule: "grade.minimum" })] },
      },
      ["a"],
    );
    expect(brief(grades.violations)).toEqual([`apt.a grade.minimum ${MACHINE}`]);
    const limits: Policies = {
      builtIn: {},
      machine: { removalsMax: rule(1, MACHINE) },
      repository: { removalsMax: rule(0, REPOSITORY), waivers: [waiver({ rule: "removals.max" })] },
    };
    const both = rulebook(limits).decide([transaction([removal("a"), removal("b")])], [], NOW);
    expect(brief(both.violations)).toEqual([`apt.a removals.max ${MACHINE}`]);
    const one = rulebook(limits).decide([transaction([removal("a")])], [], NOW);
    expect(one.violations).toEqual([]);
  });

  it("of one grade rule leave the others of the same file", () => {
    const file = {
      gradeMinimum: rule("locked" as const, REPOSITORY, 2),
      gradePackages: { a: rule("locked" as const, REPOSITORY, 4) },
      waivers: [waiver({ rule: "grade.packages.a" })],
    };
    const { violations, waived } = decide({ repository: file }, ["a"]);
    expect(brief(violations)).toEqual([`apt.a grade.minimum ${REPOSITORY}`]);
    expect(waived).toHaveLength(1);
  });

  it("of the machine lift the repository's rules as well", () => {
    const placed = waiver({}, MACHINE);
    const { violations, waived } = decide({ machine: { ...machine, waivers: [placed] }, repository }, ["a", "b"]);
    expect(violations).toEqual([]);
    expect(waived.map(({ violation }) => `${violation.address} ${violation.file}`)).toEqual([
      `apt.a ${MACHINE}`,
      `apt.a ${REPOSITORY}`,
      `apt.b ${REPOSITORY}`,
    ]);
  });

  it("lift nothing that is built in", () => {
    const waivers = [waiver({ rule: "checks" }, MACHINE), waiver({ rule: "shell.allow" }, MACHINE)];
    const bad = [judged("a", "risk", [evidence("checksum", "fail")])];
    expect(brief(decide({ machine: { ...machine, waivers } }, ["a"], bad).violations)).toContain(
      "apt.a checks built-in",
    );
  });

  it("of a limit are for everything that it is about", () => {
    const limit = (name: string) =>
      rulebook({
        builtIn: {},
        machine: { removalsMax: rule(0, MACHINE), waivers: [waiver({ rule: "removals.max", package: name }, MACHINE)] },
      }).decide([transaction([removal("a1"), removal("b")])], [], NOW).violations;
    expect(limit("a*")).toHaveLength(1);
    expect(limit("*")).toEqual([]);
  });

  it("lift warnings, too", () => {
    const file = { ...repository, modes: { whole: "warn", tables: {} }, waivers: [waiver({ package: "a" })] } as const;
    expect(brief(decide({ repository: file }, ["a", "b"]).warnings)).toEqual([`apt.b packages.deny ${REPOSITORY}`]);
  });
});

describe("what a repository asked for before", () => {
  const earlier = [{ packagesDeny: rule(["a"], EARLIER, 7) }];

  it("counts beside what it asks for now, with the way to accept that", () => {
    const { violations } = decide({ repository: {}, earlier }, ["a"]);
    expect(violations).toMatchObject([
      { rule: "packages.deny", file: EARLIER, line: 7, remedy: expect.stringContaining("`omg policy accept`") },
    ]);
  });

  it("is lifted by a waiver only where it was there already", () => {
    const waivers = [waiver({})];
    expect(decide({ repository: { waivers }, earlier }, ["a"]).violations).toHaveLength(1);
    const before = earlier.map((file) => ({ ...file, waivers: [waiver({}, EARLIER)] }));
    expect(decide({ repository: { waivers }, earlier: before }, ["a"]).violations).toEqual([]);
  });
});

const names = fc.constantFrom("a", "b", "telnet");
const fileAt = (path: string): fc.Arbitrary<PolicyFile> => {
  const grades = fc.constantFrom(...GRADES).map((value) => rule(value, path));
  const days = fc.nat({ max: 3 }).map((value) => rule(value, path));
  const patterns = fc
    .uniqueArray(fc.constantFrom("a", "b", "tel*", "apt.*", "debian", "*"), { maxLength: 3 })
    .map((value) => rule<readonly string[]>(value, path));
  const mode = fc.constantFrom("enforce" as const, "warn" as const);
  const waivers = fc.array(
    fc
      .record({
        rule: fc.constantFrom("packages.deny", "grade.minimum", "removals.max", "origins.allow", "age.minimum-days"),
        package: fc.constantFrom("*", "a", "tel*"),
        expires: fc.constantFrom("2026-11-20", "2026-11-21", "2027-01-01"),
      })
      .map((parts) => waiver(parts, path)),
    { maxLength: 3 },
  );
  return fc.record(
    {
      gradeMinimum: grades,
      gradeSources: fc.dictionary(fc.constantFrom("debian", "docker"), grades),
      gradePackages: fc.dictionary(names, grades),
      originsAllow: patterns,
      packagesAllow: patterns,
      packagesDeny: patterns,
      signaturesRequired: fc.boolean().map((value) => rule(value, path)),
      ageMinimum: days,
      ageSources: fc.dictionary(fc.constantFrom("debian", "docker"), days),
      removalsMax: fc.nat({ max: 2 }).map((value) => rule(value, path)),
      removalsDeny: patterns,
      undoRequired: fc.boolean().map((value) => rule(value, path)),
      modes: fc.record({ whole: mode, tables: fc.dictionary(fc.constantFrom("grade", "packages", "removals"), mode) }),
      waivers,
    },
    { requiredKeys: [] },
  );
};
const situation = fc.record({
  installed: fc.uniqueArray(names),
  removed: fc.uniqueArray(names),
  grade: fc.constantFrom(...GRADES),
  seen: fc.constantFrom("2026-11-18T12:00:00Z", "2026-11-20T12:00:00Z", undefined),
});

function refusals(
  policies: Omit<Policies, "builtIn">,
  plan: typeof situation extends fc.Arbitrary<infer T> ? T : never,
) {
  const steps = [...plan.installed.map((name) => install(name)), ...plan.removed.map(removal), setting("env.PATH")];
  const signature = { ...evidence("signature", "pass"), facts: plan.seen === undefined ? {} : { date: plan.seen } };
  const transactions = [
    transaction(
      steps,
      plan.installed.map((name) => artifactOf(name)),
    ),
  ];
  const judgements = plan.installed.map((name) => judged(name, plan.grade, [evidence("checksum", "pass"), signature]));
  const { violations } = rulebook({ builtIn: {}, ...policies }).decide(transactions, judgements, NOW);
  return violations;
}

/** Rules of one table can stand for each other: the strictest is named. */
const kinds = (violations: readonly Violation[]) =>
  new Set(violations.map(({ address, rule: name }) => `${name === "removals.max" ? "" : address} ${name}`));

describe("whatever the files hold", () => {
  it("a repository's policy, with all its modes and waivers, lets nothing through that the machine's refuses", () => {
    fc.assert(
      fc.property(fileAt(MACHINE), fileAt(REPOSITORY), situation, (machine, repository, plan) => {
        const alone = kinds(refusals({ machine }, plan));
        const both = kinds(refusals({ machine, repository }, plan));
        expect([...alone].filter((one) => !both.has(one))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("an earlier policy of the repository only adds to what is refused", () => {
    fc.assert(
      fc.property(
        fileAt(MACHINE),
        fileAt(REPOSITORY),
        fileAt(EARLIER),
        situation,
        (machine, repository, before, plan) => {
          const without = kinds(refusals({ machine, repository }, plan));
          const withIt = kinds(refusals({ machine, repository, earlier: [before] }, plan));
          expect([...without].filter((one) => !withIt.has(one))).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("waivers of a repository lift no violation of a rule in the machine's file", () => {
    fc.assert(
      fc.property(fileAt(MACHINE), fileAt(REPOSITORY), situation, (machine, repository, plan) => {
        const { waivers: _, ...bare } = repository;
        const of = (found: readonly Violation[]) =>
          found.filter(({ file }) => file === MACHINE).map(({ address, rule: name }) => `${address} ${name}`);
        const before = of(refusals({ machine, repository: bare }, plan));
        const after = of(refusals({ machine, repository }, plan));
        expect(before.filter((one) => !after.includes(one))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
