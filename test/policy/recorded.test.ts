import { expect, it } from "vitest";
import { createGate } from "../../policy/index.ts";
import { recordedEvidence } from "../../policy/recorded.ts";
import type { Evidence } from "../../schema/model/artifact.ts";
import type { PolicyFile } from "../../schema/model/policy.ts";
import { artifactOf, evidence, install, rule, transaction } from "./samples.ts";

const NOW = new Date("2026-11-25T12:00:00Z");
const signed: Evidence = { ...evidence("signature", "pass"), facts: { date: "2026-11-20T00:00:00Z" } };

/** What today's policy makes of bytes that an earlier run saw, and of what it wrote down then. */
async function judged(recorded: readonly Evidence[], machine: PolicyFile) {
  const gate = createGate({ policies: { builtIn: {}, machine }, now: NOW, filePath: () => undefined });
  const artifact = artifactOf("a", { chain: { type: "recorded", evidence: recorded } });
  return gate.judge([transaction([install("a")], [artifact])]);
}

const rules = async (recorded: readonly Evidence[], machine: PolicyFile) => {
  const { violations } = await judged(recorded, machine);
  return violations.map((one) => one.rule).filter((name) => name !== "checks");
};

it("what the earlier run found counts, by the rules of today", async () => {
  expect(await rules([signed], { signaturesRequired: rule(true) })).toEqual([]);
  expect(await rules([evidence("signature", "absent")], { signaturesRequired: rule(true) })).toEqual([
    "signatures.required",
  ]);
});

it("what it did not look for is not there, and a policy that asks for more than that day's refuses", async () => {
  expect(await rules([signed], { gradeMinimum: rule("locked") })).toEqual(["grade.minimum"]);
  expect(await rules([], { signaturesRequired: rule(true) })).toEqual(["signatures.required"]);
  expect(await rules([{ ...signed, facts: {} }], { ageMinimum: rule(3) })).toEqual(["age.minimum-days"]);
  expect(await rules([signed], { ageMinimum: rule(3) })).toEqual([]);
  expect(await rules([signed], { ageMinimum: rule(9) })).toEqual(["age.minimum-days"]);
});

it("no verdict, grade or policy of that day is believed: bytes are hashed again, and vulnerabilities are asked for anew", async () => {
  const told = [evidence("checksum", "pass"), signed, evidence("vulnerabilities", "pass"), evidence("license", "pass")];
  const { judgements } = await judged(told, {});
  expect(judgements[0]?.evidence.map(({ check, verdict, facts }) => [check, verdict, facts.recorded])).toEqual([
    ["checksum", "pending", undefined],
    ["signature", "pass", "yes"],
  ]);
  expect(recordedEvidence({ type: "recorded", evidence: [evidence("signature", "pending")] })).toEqual([]);
});
