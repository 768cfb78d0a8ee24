import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type PlanJson, planJson } from "../../schema/wire/plan-json.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf } from "../support/omg-lab.ts";
import { everyKindOfStep, fakeSha, fullPlan, samplePlan, sampleStep } from "../support/plan-samples.ts";
import { denials } from "../support/rego.ts";

const FOLDER = join(import.meta.dirname, "../../examples/policies");
const policy = (file: string) => readFileSync(join(FOLDER, file), "utf8");

const good = () => planJson(samplePlan({ steps: everyKindOfStep().slice(0, 3) }));
const removing = (name: string, kind: "remove" | "purge" | "reinstall") =>
  planJson(samplePlan({ steps: [sampleStep(`apt.${name}`, { kind, before: { version: "1" } })] }));

/** The good plan with its first artifact, or what was said about it, changed. */
function but(change: Partial<PlanJson["omg"]["artifacts"][number]>, grade = "verified"): unknown {
  const plan = good();
  const [artifact, ...artifacts] = plan.omg.artifacts;
  const [judgement, ...judgements] = plan.omg.verdict.judgements;
  const verdict = { ...plan.omg.verdict, judgements: [{ ...judgement, grade }, ...judgements] };
  return { ...plan, omg: { ...plan.omg, artifacts: [{ ...artifact, ...change }, ...artifacts], verdict } };
}

/** File, plan, and what the policy says about it. */
const CASES: readonly [policy: string, what: string, plan: unknown, said: readonly string[]][] = [
  ["removals", "nothing removed", good(), []],
  ["removals", "something else removed", planJson(fullPlan()), []],
  ["removals", "one of them removed", removing("sudo", "remove"), ["apt.sudo may not be removed"]],
  ["removals", "one of them purged", removing("openssh-server", "purge"), ["apt.openssh-server may not be removed"]],
  ["removals", "one of them installed again", removing("sudo", "reinstall"), []],
  ["origins", "all from the two sources", good(), []],
  ["origins", "one from elsewhere", but({ origin: "docker" }), ["apt.curl 7.88.1-10+deb12u14 comes from docker"]],
  ["origins", "what is kept for the way back", but({ origin: "docker", role: "replaced" }), []],
  ["grades", "all verified", good(), []],
  ["grades", "one of them with a checksum only", but({}, "community"), ["apt.curl is graded community"]],
  ["grades", "a grade that nobody knows", but({}, "splendid"), ["apt.curl is graded splendid"]],
  ["grades", "one without a grade", but({ sha256: fakeSha(77) }), ["apt.curl 7.88.1-10+deb12u14 is not graded"]],
];
const NO_PLAN = { format_version: "1.0", error: { code: "no-lock", exit_code: 3, message: "m", details: [] } };

describe("the example policies in Rego, run by OPA", () => {
  it.each(CASES)("%s: %s", async (file, _what, plan, said) => {
    expect(await denials(policy(`${file}.rego`), plan)).toEqual(said);
  });

  it.each(["removals", "origins", "grades"])("%s refuses what is no plan of this format", async (file) => {
    const no = ["not a plan of format 1"];
    for (const other of [NO_PLAN, {}, { ...good(), format_version: "2.0" }])
      expect(await denials(policy(`${file}.rego`), other)).toEqual(no);
  });

  it("are refused with a mistake in them", async () => {
    await expect(denials(policy("removals.rego").replace("some each in", "some each inn"), good())).rejects.toThrow(
      "rego_parse_error",
    );
    await expect(denials(policy("removals.rego").replace("in kept", "in keptt"), good())).rejects.toThrow(
      "rego_unsafe_var_error",
    );
  });
});

describe.runIf(needs("jq"))("the example policies in jq", () => {
  const jq = (file: string, input: string) =>
    spawnSync("jq", ["-f", join(FOLDER, `${file}.jq`)], { input, encoding: "utf8" });

  it.each(CASES)("%s: %s", (file, _what, plan, said) => {
    const { status, stdout, stderr } = jq(file, JSON.stringify(plan));
    expect([status, stdout, stderr.split("\n").filter(Boolean).sort()]).toEqual([said.length === 0 ? 0 : 1, "", said]);
  });

  it.each(["removals", "origins", "grades"])("%s fails on what is no plan", (file) => {
    for (const other of [JSON.stringify(NO_PLAN), "{}", "not JSON"]) expect(jq(file, other).status).toBeGreaterThan(1);
  });
});

it.runIf(needs("apt-utils", "gpg", "jq", "root"))("both judge a plan that omg itself printed", async () => {
  const lab = await createOmgLab();
  try {
    lab.writeLock(lockOf({ "omg-app": "2.0" }));
    await lab.expect(0, "lock");
    const { stdout } = await lab.expect(0, "plan", "--json");
    const { artifacts } = (JSON.parse(stdout) as PlanJson).omg;
    const foreign = artifacts
      .map(({ address, version, origin }) => `${address} ${version} comes from ${origin}`)
      .sort();
    expect(foreign).toHaveLength(4);
    for (const [file, said] of [
      ["removals", []],
      ["origins", foreign],
      ["grades", []],
    ] as const) {
      expect(await denials(policy(`${file}.rego`), JSON.parse(stdout))).toEqual(said);
      const ran = spawnSync("jq", ["-f", join(FOLDER, `${file}.jq`)], { input: stdout, encoding: "utf8" });
      expect(ran.stderr.split("\n").filter(Boolean).sort()).toEqual(said);
    }
  } finally {
    await lab.dispose();
  }
});

it("each is there in both languages", () => {
  const names = (ending: string) =>
    readdirSync(FOLDER)
      .filter((name) => name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length));
  expect(names(".rego").sort()).toEqual(names(".jq").sort());
  expect(names(".rego").length).toBe(3);
});
