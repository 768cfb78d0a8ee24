import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";
import { omgPath, words } from "../support/refusal.ts";

const HERE = needs("apt-utils", "gpg", "root");
const EXAMPLE = join(import.meta.dirname, "../../examples/web-server");

let lab: OmgLab;
beforeAll(async () => {
  if (!HERE) return;
  lab = await createOmgLab();
  lab.writeLock(lockOf({ "omg-app": "2.0" }));
});
afterAll(() => lab?.dispose());
afterEach(() => {
  for (const name of ["policy.toml", "policy-test.toml", "policy-test.yaml"]) rmSync(inProject(name), { force: true });
  rmSync(omgPath(lab, "config/policy.toml"), { force: true });
});

const inProject = (name: string) => join(lab.project, name);

function write(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
}

async function json(code: number, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await lab.expect(code, ...args, "--json");
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe.runIf(HERE)("omg policy check", () => {
  const WAIVER =
    '[[waivers]]\nrule = "packages.deny"\npackage = "omg-other"\nreason = "r"\nowner = "o"\nexpires = 2999-01-01\n';

  it("judges the plan that the lock would lead to, and says which waivers it did not need", async () => {
    write(inProject("policy.toml"), `version = 1\n[packages]\ndeny = ["omg-app"]\n${WAIVER}`);
    const { stdout } = await lab.expect(4, "policy", "check");
    expect(stdout).toMatch(/Refused by policy\n {2}! apt\.omg-app .*\n {4}Rule: packages\.deny \(.*policy\.toml:3\)/);
    expect(words(stdout)).toContain("Waivers that nothing here needed ~ packages.deny of omg-other, until 2999-01-01");
    expect(stdout).toContain("Refused: 1 violation.");
    const said = await json(4, "policy", "check");
    expect(said).toMatchObject({
      judged: "made",
      verdict: { violations: [{ rule: "packages.deny", line: 3 }], warnings: [], waived: [] },
      waivers: [{ state: "unused", package: "omg-other" }],
    });
  });

  it("judges a saved plan by any policy, with what is recorded there", async () => {
    await lab.expect(0, "plan", "--out", "p.plan");
    expect(words((await lab.expect(0, "policy", "check", "p.plan")).stdout)).toContain("judged, and not verified");
    write(
      inProject("strict.toml"),
      'version = 1\n[grade]\nminimum = "locked"\n[indexes]\nmax-age = 0\n[age]\nminimum-days = 9\n',
    );
    const said = await json(4, "policy", "check", "p.plan", "--policy", "strict.toml");
    expect(said).toMatchObject({ judged: "saved", policies: [inProject("strict.toml")] });
    const { violations } = said.verdict as { violations: { address: string; rule: string }[] };
    const about = violations.filter(({ address }) => address === "apt.omg-app").map(({ rule }) => rule);
    expect(about).toEqual(["grade.minimum", "age.minimum-days"]);
    expect(await json(4, "policy", "check", "--policy", "strict.toml")).toMatchObject({ judged: "made" });
  });

  it("believes no grade of a plan file, and takes its evidence as what the file says", async () => {
    await lab.expect(0, "plan", "--out", "p.plan");
    const path = inProject("p.plan");
    const forged = readFileSync(path, "utf8").replaceAll('"grade": "verified"', '"grade": "locked"');
    expect(forged).toContain('"grade": "locked"');
    writeFileSync(path, forged);
    write(inProject("strict.toml"), 'version = 1\n[grade]\nminimum = "locked"\n');
    await lab.expect(4, "policy", "check", "p.plan", "--policy", "strict.toml");
    writeFileSync(path, readFileSync(path, "utf8").replaceAll('"verdict": "pass"', '"verdict": "fail"'));
    const said = await json(4, "policy", "check", "p.plan");
    expect((said.verdict as { violations: { rule: string }[] }).violations[0]?.rule).toBe("checks");
  });

  it("needs neither lock nor machine for a plan file", async () => {
    await lab.expect(0, "plan", "--out", "p.plan");
    const elsewhere = join(lab.apt.folder, "elsewhere");
    mkdirSync(elsewhere);
    copyFileSync(inProject("p.plan"), join(elsewhere, "p.plan"));
    write(omgPath(lab, "config/policy.toml"), 'version = 1\n[packages]\ndeny = ["omg-app"]\n');
    await lab.expect(4, "-C", elsewhere, "policy", "check", "p.plan");
  });

  it.each(["", "[]", "{}", '{"format_version":"1.0"}'])("takes no file that is no plan: %s", async (text) => {
    write(inProject("no.plan"), text);
    const { stderr } = await lab.expect(1, "policy", "check", "no.plan");
    expect(stderr).toContain("is not a plan that omg wrote");
    expect((await lab.expect(3, "policy", "check", "--policy", "none.toml")).stderr).toContain("There is no policy");
  });
});

describe.runIf(HERE)("omg policy show", () => {
  it("prints every rule with its place, and which decide nothing", async () => {
    write(omgPath(lab, "config/policy.toml"), 'version = 1\n[removals]\nmax = 9\n[packages]\ndeny = ["a"]\n');
    write(
      inProject("policy.toml"),
      'version = 1\nmode = "warn"\n[removals]\nmode = "enforce"\nmax = 5\n[grade]\nminimum = "verified"\n',
    );
    const { stdout } = await lab.expect(0, "policy", "show");
    expect(stdout).toMatch(/removals\.max +9 +outdone +machine:3/);
    expect(stdout).toMatch(/removals\.max +5 +repository:5/);
    expect(stdout).toMatch(/grade\.minimum +"verified" +warns/);
    expect(await json(0, "policy", "show")).toMatchObject({
      rules: [
        { rule: "grade.minimum", mode: "warn" },
        { rule: "packages.deny", value: '["a"]' },
        { rule: "removals.max", outdone: true },
        { rule: "removals.max", outdone: false, line: 5 },
      ],
    });
  });

  it("says where nothing is demanded", async () => {
    expect((await lab.expect(0, "policy", "show")).stdout).toContain("No rules: what is built in counts");
  });
});

describe.runIf(HERE)("omg policy test", () => {
  it("finds the table beside the policy, and says which cases fail, where, and why", async () => {
    copyFileSync(join(EXAMPLE, "policy.toml"), inProject("policy.toml"));
    copyFileSync(join(EXAMPLE, "policy-test.toml"), inProject("policy-test.toml"));
    expect((await lab.expect(0, "policy", "test")).stdout).toMatch(/^Good: \d+ of \d+ cases as expected/);
    write(inProject("policy.toml"), readFileSync(inProject("policy.toml"), "utf8").replace('"gcc", ', ""));
    const { stdout } = await lab.expect(1, "policy", "test");
    expect(words(stdout)).toMatch(
      /FAIL no compilers on a web server It is allowed, not refused\. What speaks is no rule, not packages\.deny\. \S+policy-test\.toml:\d+/,
    );
    const { failed, cases } = (await json(1, "policy", "test")) as { failed: number; cases: { passed: boolean }[] };
    expect([failed, cases.filter(({ passed }) => !passed).length]).toEqual([1, 1]);
  });

  it("takes another table, another policy, and YAML", async () => {
    write(inProject("other.toml"), "version = 1\n[signatures]\nrequired = true\n");
    const text =
      "version: 1\ncases:\n  - name: unsigned\n    package: x\n    evidence: { signature: absent }\n    expect: { verdict: refused, rules: [signatures.required], grade: community }\n";
    write(inProject("policy-test.yaml"), text);
    await lab.expect(0, "policy", "test", "policy-test.yaml", "--policy", "other.toml");
    expect((await lab.expect(3, "policy", "test")).stderr).toContain("There is no policy");
    rmSync(inProject("policy-test.yaml"));
    expect((await lab.expect(3, "policy", "test")).stderr).toContain("There is no table of cases");
  });
});
