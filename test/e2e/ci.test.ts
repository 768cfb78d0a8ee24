import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";

describe.runIf(needs("apt-utils", "gpg", "root"))("for pipelines", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab();
    lab.writeLock(lockOf({ "omg-lib": "1.0", "omg-base": "*", "omg-g++": "*" }));
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
  });
  afterAll(() => lab.dispose());

  it("a machine as its lock says is said to be so, in every form", async () => {
    await lab.expect(0, "ci", "check");
    expect(JSON.parse((await lab.expect(0, "ci", "check", "--format", "sarif")).stdout).runs[0].results).toEqual([]);
    expect((await lab.expect(0, "ci", "check", "--format", "markdown")).stdout).toContain("in sync");
    expect((await lab.expect(0, "env", "diff")).stdout).toContain("Nothing differs");
  });

  it("what differs is named with its place in the lock, in every form", async () => {
    await lab.apt.aptOk("remove", "omg-g++");
    await lab.apt.aptOk("install", "omg-lib=1.1");
    await lab.apt.aptMark("hold", "omg-base");
    lab.wantPackages({ "omg-lib": "1.0", "omg-base": { version: "*", hold: false }, "omg-g++": "*", "omg-extra": "*" });
    const lines = lab.readLock().split("\n");
    const { runs } = JSON.parse((await lab.expect(2, "ci", "check", "--format", "sarif")).stdout);
    const places = runs[0].results.map(
      (result: { ruleId: string; locations: { physicalLocation: { region: { startLine: number } } }[] }) => [
        result.ruleId,
        lines[(result.locations[0]?.physicalLocation.region.startLine ?? 0) - 1]?.trim().split(":")[0],
      ],
    );
    expect(places).toContainEqual(["omg/missing", '"omg-g++"']);
    expect(places).toContainEqual(["omg/missing", '"omg-extra"']);
    expect(places).toContainEqual(["omg/ahead", '"omg-lib"']);
    const summary = join(lab.apt.folder, "summary.md");
    const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary };
    const { stdout, code } = await lab.omg(["ci", "check"], { env });
    expect(code).toBe(2);
    expect(stdout).toMatch(/^::error file=omg\.lock,line=\d+,title=omg\/missing::apt\.omg-g\+\+ is not here/m);
    expect(readFileSync(summary, "utf8")).toBe((await lab.expect(2, "ci", "check", "--format", "markdown")).stdout);
    expect(JSON.parse((await lab.expect(2, "ci", "check", "--json")).stdout).findings).toHaveLength(places.length);
  });

  it("the difference is a table of lock, pin and machine", async () => {
    const { differences, ahead } = JSON.parse((await lab.expect(2, "env", "diff", "--json")).stdout);
    expect(differences).toContainEqual({
      address: "apt.omg-g++",
      kind: "install",
      lock: "*",
      pinned: "1.0",
      installed: null,
    });
    expect(differences).toContainEqual({
      address: "apt.omg-extra",
      kind: "install",
      lock: "*",
      pinned: null,
      installed: null,
    });
    expect(ahead).toEqual([{ address: "apt.omg-lib", kind: "ahead", lock: "1.0", pinned: "1.0", installed: "1.1" }]);
    expect((await lab.expect(2, "env", "diff")).stdout).toMatch(/^apt\.omg-g\+\+ +\* +1\.0 +- +install$/m);
  });

  it("a workflow is written once, and never over another", async () => {
    await lab.expect(0, "ci", "init", "github");
    const path = join(lab.project, ".github/workflows/omg.yml");
    expect(readFileSync(path, "utf8")).toContain("run: omg ci check");
    const { stderr } = await lab.expect(1, "ci", "init", "github");
    expect(stderr).toContain("there already");
    rmSync(join(lab.project, ".github"), { recursive: true });
    mkdirSync(join(lab.project, ".github"));
    expect((await lab.expect(0, "ci", "init", "gitlab")).stdout).toContain("omg ci check");
    expect(existsSync(path)).toBe(false);
  });

  it("both are YAML that names only the checkout action", async () => {
    const { parse } = await import("yaml");
    await lab.expect(0, "ci", "init", "github");
    const { jobs } = parse(readFileSync(join(lab.project, ".github/workflows/omg.yml"), "utf8"));
    expect(jobs.check.steps.flatMap((step: { uses?: string }) => step.uses ?? [])).toEqual(["actions/checkout@v4"]);
    expect(parse((await lab.expect(0, "ci", "init", "gitlab")).stdout).omg.script.at(-1)).toBe("omg ci check");
  });
});
