import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUILT_IN_POLICY, effectivePolicy } from "../../policy/effective.ts";
import { evaluate } from "../../policy/evaluate.ts";
import { GRADES } from "../../policy/grade.ts";
import type { PolicyFile } from "../../schema/model/policy.ts";
import { artifactOf, install, judged, removal, rule, setting, transaction } from "./samples.ts";

const MACHINE = "/etc/omg/policy.toml";
const REPOSITORY = "/repo/policy.toml";

describe("the effective policy", () => {
  it("is the built-in one where nobody wrote any", () => {
    const policy = effectivePolicy({ builtIn: BUILT_IN_POLICY });
    expect(policy.gradeMinimum).toBeUndefined();
    expect(policy.removalsMax).toBeUndefined();
  });

  it("takes the strictest of each rule, with the place it came from", () => {
    const policy = effectivePolicy({
      builtIn: BUILT_IN_POLICY,
      machine: {
        gradeMinimum: rule("verified", MACHINE, 2),
        removalsMax: rule(10, MACHINE, 9),
        undoRequired: rule(false, MACHINE, 8),
      },
      repository: {
        gradeMinimum: rule("community", REPOSITORY, 4),
        removalsMax: rule(3, REPOSITORY, 5),
        undoRequired: rule(true, REPOSITORY, 6),
      },
    });
    expect(policy.gradeMinimum).toEqual(rule("verified", MACHINE, 2));
    expect(policy.removalsMax).toEqual(rule(3, REPOSITORY, 5));
    expect(policy.undoRequired).toEqual(rule(true, REPOSITORY, 6));
  });

  it("takes the stricter of two grades for one source, and both tables' other keys", () => {
    const policy = effectivePolicy({
      builtIn: BUILT_IN_POLICY,
      machine: { gradeSources: { docker: rule("verified", MACHINE), debian: rule("verified", MACHINE) } },
      repository: {
        gradeSources: {
          docker: rule("risk", REPOSITORY),
          debian: rule("locked", REPOSITORY),
          other: rule("verified", REPOSITORY),
        },
      },
    });
    expect(policy.gradeSources).toEqual({
      docker: rule("verified", MACHINE),
      debian: rule("locked", REPOSITORY),
      other: rule("verified", REPOSITORY),
    });
  });

  it("keeps every list of what is allowed or denied", () => {
    const lists = { originsAllow: rule(["debian"], MACHINE), packagesDeny: rule(["telnet*"], MACHINE) };
    const policy = effectivePolicy({
      builtIn: BUILT_IN_POLICY,
      machine: lists,
      repository: { originsAllow: rule(["*"], REPOSITORY), packagesDeny: rule([], REPOSITORY) },
    });
    expect(policy.originsAllow).toHaveLength(2);
    expect(policy.packagesDeny.map(({ value }) => value)).toContainEqual(["telnet*"]);
  });

  it("takes permissions for the shell from the machine alone", () => {
    const repository = { shellAllow: rule(["PATH"], REPOSITORY) };
    expect(effectivePolicy({ builtIn: BUILT_IN_POLICY, repository }).shellAllow).toBeUndefined();
    const machine = { shellAllow: rule(["LD_PRELOAD"], MACHINE) };
    expect(effectivePolicy({ builtIn: BUILT_IN_POLICY, machine, repository }).shellAllow).toEqual(machine.shellAllow);
  });

  it("has a digest over what it demands, not over where that is written", () => {
    const digest = (file: PolicyFile): string => effectivePolicy({ builtIn: BUILT_IN_POLICY, repository: file }).digest;
    expect(digest({ removalsMax: rule(3, "/a", 1) })).toBe(digest({ removalsMax: rule(3, "/b", 99) }));
    expect(digest({ removalsMax: rule(3) })).not.toBe(digest({ removalsMax: rule(4) }));
    expect(digest({ gradePackages: { value: rule("locked"), file: rule("locked") } })).not.toBe(
      digest({ gradePackages: {} }),
    );
  });
});

const names = fc.constantFrom("a", "b", "telnet");
const gradeRule = fc.constantFrom(...GRADES).map((value) => rule(value));
const patterns = fc
  .uniqueArray(fc.constantFrom("a", "b", "tel*", "apt.*", "debian", "*"), { maxLength: 3 })
  .map((value) => rule<readonly string[]>(value));
const policyFile: fc.Arbitrary<PolicyFile> = fc.record(
  {
    gradeMinimum: gradeRule,
    gradeSources: fc.dictionary(fc.constantFrom("debian", "docker"), gradeRule),
    gradePackages: fc.dictionary(names, gradeRule),
    originsAllow: patterns,
    packagesAllow: patterns,
    packagesDeny: patterns,
    signaturesRequired: fc.boolean().map((value) => rule(value)),
    removalsMax: fc.nat({ max: 2 }).map((value) => rule(value)),
    undoRequired: fc.boolean().map((value) => rule(value)),
    shellAllow: patterns,
  },
  { requiredKeys: [] },
);
const plan = fc.tuple(fc.uniqueArray(names), fc.uniqueArray(names), fc.constantFrom(...GRADES), fc.boolean());

it("a repository's policy never lets anything through that the machine's refuses alone", () => {
  fc.assert(
    fc.property(policyFile, policyFile, plan, (machine, repository, [installed, removed, grade, undoable]) => {
      const undo = undoable ? ({ possible: true } as const) : ({ possible: false, reason: "gone" } as const);
      const steps = [...installed.map((name) => install(name, { undo })), ...removed.map(removal), setting("env.PATH")];
      const transactions = [
        transaction(
          steps,
          installed.map((name) => artifactOf(name)),
        ),
      ];
      const judgements = installed.map((name) => judged(name, grade));
      const found = (policies: { repository?: PolicyFile }) =>
        new Set(
          evaluate(
            effectivePolicy({ builtIn: BUILT_IN_POLICY, machine, ...policies }),
            transactions,
            judgements,
            new Date(),
          ).map(({ address, rule }) => `${address} ${rule.split(".")[0]}`),
        );
      const alone = found({});
      const both = found({ repository });
      expect([...alone].filter((violation) => !both.has(violation))).toEqual([]);
    }),
  );
});
