import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUILT_IN_POLICY, effectivePolicy } from "../../../policy/effective.ts";
import { evaluate } from "../../../policy/evaluate.ts";
import { grade } from "../../../policy/grade.ts";
import { provenanceDemands } from "../../../policy/provenance-tables.ts";
import { expected } from "../../../policy/slsa/expectations.ts";
import { provenanceEvidence } from "../../../policy/slsa/finding.ts";
import { parsePolicy } from "../../../schema/files/policy.ts";
import type { Evidence } from "../../../schema/model/artifact.ts";
import { artifactOf, evidence, install, judged, transaction } from "../samples.ts";

const BUILDER = "https://github.com/acme/builders/.github/workflows/deb.yml@refs/tags/v1.2.3";
const FACTS = {
  level: "2",
  apart: "yes",
  issuer: "https://token.actions.githubusercontent.com",
  repository: "https://github.com/acme/tools",
  workflow: "https://github.com/acme/tools/.github/workflows/release.yml@refs/tags/v1.0",
  builder: BUILDER,
};
const VALID = provenanceEvidence("provenance-valid", "Built.", FACTS);

const MACHINE = "/etc/omg/policy.toml";
const REPOSITORY = "/repo/policy.toml";

const policyOf = (machine: string, repository = "") => {
  const parse = (path: string, text: string) => parsePolicy({ path, text: `version = 1\n${text}` });
  return effectivePolicy({
    builtIn: BUILT_IN_POLICY,
    machine: parse(MACHINE, machine),
    repository: parse(REPOSITORY, repository),
  });
};
const tool = artifactOf("tool", { origin: "internal" });

function judge(machine: string, repository = "", found: Evidence = VALID): Evidence {
  const demands = provenanceDemands(policyOf(machine, repository).provenance, tool);
  if (demands === undefined) throw new Error("nothing is demanded");
  return expected(found, demands);
}

describe("whom rules are about", () => {
  it.each<[string, boolean]>([
    ["[provenance]\nrequired = true", true],
    ["[provenance]\nrequired = false", false],
    ["[provenance.sources.internal]\nlevel = 1", true],
    ['[provenance.sources."inter*"]\nlevel = 1', true],
    ["[provenance.sources.debian]\nlevel = 1", false],
    ["[provenance.packages.tool]\nlevel = 1", true],
    ['[provenance.packages."apt.t*"]\nlevel = 1', true],
    ["[provenance.packages.tools]\nlevel = 1", false],
    ["", false],
  ])("%s", (text, covered) => {
    expect(provenanceDemands(policyOf(text).provenance, tool) !== undefined).toBe(covered);
  });
});

describe("pins", () => {
  const rule = (key: string, ...values: string[]) => `[provenance]\n${key} = ${JSON.stringify(values)}`;
  it.each<[string, string, string]>([
    ["repositories", "https://github.com/acme/tools", "provenance-valid"],
    ["repositories", "https://github.com/acme/*", "provenance-valid"],
    ["repositories", "https://github.com/acme/tool", "repository-mismatch"],
    ["repositories", "https://github.com/acme/tools/", "repository-mismatch"],
    ["repositories", "https://github.com/*", "repository-mismatch"],
    ["repositories", "https://github.com/acme/t..ls", "repository-mismatch"],
    ["repositories", "https://github.com/ACME/tools", "repository-mismatch"],
    ["workflows", ".github/workflows/release.yml", "provenance-valid"],
    ["workflows", ".github/workflows/*.yml@refs/tags/*", "provenance-valid"],
    ["workflows", "https://github.com/acme/tools/.github/workflows/release.yml@refs/tags/v1.0", "provenance-valid"],
    ["workflows", "release.yml", "workflow-mismatch"],
    ["workflows", ".github/workflows/release.yml@refs/heads/*", "workflow-mismatch"],
    ["workflows", "https://github.com/evil/tools/.github/workflows/release.yml", "workflow-mismatch"],
    ["builders", BUILDER, "provenance-valid"],
    ["builders", BUILDER.split("@")[0] ?? "", "provenance-valid"],
    ["builders", BUILDER.replace("v1.2.3", "v1.*"), "provenance-valid"],
    ["builders", BUILDER.replace("v1.2.3", "v1.2"), "builder-mismatch"],
    ["builders", "https://github.com/acme/builders", "builder-mismatch"],
    ["issuers", "https://token.actions.githubusercontent.com", "provenance-valid"],
    ["issuers", "https://token.actions.githubusercontent.com.evil.example", "identity-mismatch"],
    ["issuers", "https://*", "provenance-valid"],
  ])("%s = %s: %s", (key, value, code) => {
    expect(judge(rule(key, value)).code).toBe(code);
    expect(judge(rule(key, "https://elsewhere.example", value)).code).toBe(code);
  });

  it("of both files must allow it, and the one that does not is named", () => {
    const wide = rule("repositories", "https://github.com/acme/*");
    const other = rule("repositories", "https://github.com/acme/other");
    expect(judge(wide, other)).toMatchObject({
      verdict: "fail",
      code: "repository-mismatch",
      facts: { rule: "provenance.repositories" },
    });
    expect(judge(other, wide).code).toBe("repository-mismatch");
    expect(judge(wide, "[provenance]\nrequired = false").verdict).toBe("pass");
  });

  it("a narrower table adds to the wide one, and takes nothing from it", () => {
    const text = `${rule("repositories", "https://github.com/acme/other")}\n[provenance.packages.tool]\nrepositories = ["https://github.com/acme/tools"]`;
    expect(judge(text).code).toBe("repository-mismatch");
  });

  it("whatever does not pass by itself stays what it is", () => {
    const bad = provenanceEvidence("bundle-signature-bad", "No.", FACTS);
    expect(judge(rule("repositories", "https://github.com/acme/tools"), "", bad)).toBe(bad);
  });

  it("no address but the pinned one matches, whatever its characters", () => {
    const address = fc.stringMatching(/^https:\/\/[a-z.+()[\]$^-]{1,12}\/[a-z.+()[\]$^-]{1,12}$/);
    fc.assert(
      fc.property(address, address, (pinned, found) => {
        const facts = { ...FACTS, repository: found };
        const { code } = judge(rule("repositories", pinned), "", { ...VALID, facts });
        expect(code === "provenance-valid").toBe(pinned === found);
      }),
    );
  });
});

describe("levels and grades", () => {
  const signed = [evidence("checksum", "pass"), evidence("signature", "pass")];
  const gradeBy = (text: string, found = VALID) => grade([...signed, judge(text, "", found)]);
  const BUILDERS = `builders = ["${BUILDER}"]`;
  const SOURCE = 'repositories = ["https://github.com/acme/tools"]';

  it("a builder apart that policy names is vouched for: level 3, and locked where the source is named, too", () => {
    expect(judge(`[provenance]\n${BUILDERS}`).facts.level).toBe("3");
    expect(gradeBy(`[provenance]\n${BUILDERS}\n${SOURCE}`)).toBe("locked");
    expect(gradeBy(`[provenance]\n${BUILDERS}`)).toBe("verified");
    expect(gradeBy(`[provenance]\n${SOURCE}`)).toBe("verified");
  });

  it("one that is not apart reaches no level 3, whoever names it", () => {
    const { apart: _, ...facts } = FACTS;
    expect(judge(`[provenance]\n${BUILDERS}`, "", { ...VALID, facts }).facts.level).toBe("2");
    expect(judge(`[provenance]\nlevel = 3\n${BUILDERS}`, "", { ...VALID, facts }).code).toBe("level-too-low");
  });

  it("the highest level that a file wants counts", () => {
    expect(judge("[provenance]\nlevel = 1", "[provenance]\nlevel = 3")).toMatchObject({
      code: "level-too-low",
      facts: { rule: "provenance.level" },
    });
    expect(judge("[provenance]\nlevel = 2", "[provenance]\nlevel = 1").verdict).toBe("pass");
  });
});

describe("violations", () => {
  const violationsOf = (text: string, found: Evidence | undefined) => {
    const pieces = found === undefined ? [] : [evidence("checksum", "pass"), found];
    return evaluate(
      policyOf(text),
      [transaction([install("tool")], [tool])],
      [judged("tool", "verified", pieces)],
      new Date(0),
    )
      .filter(({ rule }) => rule.startsWith("provenance"))
      .map(({ rule, file, line }) => `${rule} ${file}:${line}`);
  };
  const absent = provenanceEvidence("not-found", "None.");
  const unknown = provenanceEvidence("unreachable", "https://x: 500.");
  const pending = provenanceEvidence("not-asked", "Later.");

  it.each<[string, string, Evidence | undefined, readonly string[]]>([
    ["none where it is required", "[provenance]\nrequired = true", absent, [`provenance.required ${MACHINE}:3`]],
    ["none is level 0", "[provenance]\nlevel = 1", absent, [`provenance.level ${MACHINE}:3`]],
    ["unknown is no pass", "[provenance]\nrequired = true", unknown, [`provenance.required ${MACHINE}:3`]],
    ["still to come", "[provenance]\nrequired = true", pending, []],
    ["none where it is not required", '[provenance]\nissuers = ["https://x"]', absent, []],
    ["unknown where it is not required", '[provenance]\nissuers = ["https://x"]', unknown, []],
    ["nothing known at all", "[provenance]\nrequired = true", undefined, [`provenance.required ${MACHINE}:3`]],
    ["good", "[provenance]\nrequired = true", VALID, []],
  ])("%s", (_, text, found, violations) => {
    expect(violationsOf(text, found)).toEqual(violations);
  });

  it("every expectation that is not met is told, of both files, each with its place", () => {
    const machine = '[provenance]\nrepositories = ["https://github.com/acme/other"]\nlevel = 3';
    const repository =
      '[provenance.sources.internal]\nrepositories = ["https://github.com/x/y"]\nworkflows = ["x.yml"]';
    const policy = policyOf(machine, repository);
    const found = judge(machine, repository);
    const told = evaluate(
      policy,
      [transaction([install("tool")], [tool])],
      [judged("tool", "risk", [evidence("checksum", "pass"), found])],
      new Date(0),
    );
    expect(told.map(({ rule, file, line }) => `${rule} ${file}:${line}`)).toEqual([
      `provenance.repositories ${MACHINE}:3`,
      `provenance.sources.internal.repositories ${REPOSITORY}:2`,
      `provenance.sources.internal.workflows ${REPOSITORY}:2`,
      `provenance.level ${MACHINE}:4`,
    ]);
  });

  it("what an earlier policy vouched for does not count under one that does not", () => {
    const earlier = judge(`[provenance]\nbuilders = ["${BUILDER}"]\nrepositories = ["https://github.com/acme/tools"]`);
    expect(earlier.facts).toMatchObject({ level: "3", source: "named" });
    const today = judge("[provenance]\nrequired = true", "", earlier);
    expect(today.facts).toMatchObject({ level: "2" });
    expect(today.facts.source).toBeUndefined();
    expect(judge("[provenance]\nlevel = 3", "", earlier).code).toBe("level-too-low");
  });

  it("an expectation that is not met names its rule, and is not told twice", () => {
    const text = '[provenance]\nrequired = true\nrepositories = ["https://github.com/acme/other"]';
    const all = evaluate(
      policyOf(text),
      [transaction([install("tool")], [tool])],
      [judged("tool", "risk", [evidence("checksum", "pass"), judge(text)])],
      new Date(0),
    );
    expect(all.map(({ rule, line }) => [rule, line])).toEqual([["provenance.repositories", 4]]);
  });
});
