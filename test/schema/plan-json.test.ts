import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Kind } from "../../schema/model/change.ts";
import type { Plan } from "../../schema/model/plan.ts";
import { planJson } from "../../schema/wire/plan-json.ts";
import { everyKindOfStep, fakeSha, fullPlan, refusedPlan, samplePlan, sampleStep } from "../support/plan-samples.ts";

const text = (plan: Plan) => JSON.stringify(planJson(plan));

describe("the members that are Terraform's", () => {
  it("are there with their meaning", () => {
    const { omg: _, ...theirs } = planJson(samplePlan({ steps: everyKindOfStep().slice(2, 3) }));
    expect(theirs).toEqual({
      format_version: "1.0",
      resource_drift: [],
      resource_changes: [
        {
          address: "apt.curl",
          mode: "managed",
          type: "apt",
          name: "curl",
          provider_name: "apt",
          change: {
            actions: ["update"],
            before: { auto: false, version: "7.88.1-10+deb12u5" },
            after: { auto: false, version: "7.88.1-10+deb12u14" },
            after_unknown: {},
          },
        },
      ],
      timestamp: "2026-11-15T08:30:00.000Z",
      applyable: true,
      complete: true,
      errored: false,
    });
  });

  it.each<[Kind, string]>([
    ["install", "create"],
    ["upgrade", "update"],
    ["downgrade", "update"],
    ["modify", "update"],
    ["reinstall", "delete,create"],
    ["remove", "delete"],
    ["purge", "delete"],
  ])("%s is %s", (kind, actions) => {
    const plan = planJson(samplePlan({ steps: [sampleStep("apt.x", { kind })] }));
    expect(plan.resource_changes[0]?.change.actions.join()).toBe(actions);
  });

  it("give Terraform's reasons where it has one", () => {
    const reason = (parts: Parameters<typeof sampleStep>[1]) =>
      planJson(samplePlan({ steps: [sampleStep("apt.x", parts)] })).resource_changes[0]?.action_reason;
    expect(reason({ kind: "remove", cause: "left" })).toBe("delete_because_no_resource_config");
    expect(reason({ kind: "reinstall", cause: "drift" })).toBe("replace_because_tainted");
    expect(reason({ kind: "remove", cause: "conflict" })).toBe(undefined);
  });

  it("keep drift apart, and name its kind", () => {
    const { resource_drift: drift } = planJson(fullPlan());
    expect(drift.map(({ address, change }) => [address, change.actions, change.after])).toEqual([
      ["apt.curl", ["update"], { version: "7.88.1-10+deb12u5" }],
      ["apt.htop", ["delete"], null],
    ]);
  });

  it("split an address at its first dot", () => {
    const plan = planJson(
      samplePlan({ diff: { drift: [{ address: "shell.env.EDITOR", before: null, after: { value: "vi" } }] } }),
    );
    expect(plan.resource_drift[0]).toMatchObject({
      type: "shell",
      name: "env.EDITOR",
      change: { actions: ["create"] },
    });
  });

  it("mark a version that only the bytes will tell", () => {
    const step = sampleStep("aur.yay", { kind: "install", after: { auto: false }, sha256: fakeSha(3) });
    expect(planJson(samplePlan({ steps: [step] })).resource_changes[0]?.change.after_unknown).toEqual({
      version: true,
    });
  });
});

describe("whether a plan can be applied", () => {
  const flags = (plan: Plan) => {
    const { applyable, complete, errored } = planJson(plan);
    return { applyable, complete, errored };
  };

  it("is said as Terraform says it", () => {
    const steps = everyKindOfStep();
    const { problems, verdict } = refusedPlan();
    expect(flags(samplePlan())).toEqual({ applyable: false, complete: true, errored: false });
    expect(flags(samplePlan({ steps }))).toEqual({ applyable: true, complete: true, errored: false });
    expect(flags(samplePlan({ steps, problems }))).toEqual({ applyable: false, complete: false, errored: true });
    expect(flags(samplePlan({ steps, violations: verdict.violations }))).toEqual({
      applyable: false,
      complete: true,
      errored: false,
    });
    expect(flags(samplePlan({ steps, diff: { unreadable: [{ address: "apt.x", reason: "r" }] } }))).toMatchObject({
      complete: false,
    });
  });
});

describe("the omg member", () => {
  it("has the binding with the keys of its maps as they are", () => {
    const { binding, platform, goal, digest } = planJson(fullPlan()).omg;
    expect({ platform, goal, digest }).toEqual({
      platform: "debian-12-amd64",
      goal: { type: "lock" },
      digest: fakeSha(8),
    });
    expect(binding.policies).toEqual({
      "/etc/omg/policy.toml": fakeSha(2),
      "/home/ada/myRepo/policy.toml": fakeSha(3),
    });
    expect(Object.keys(binding.providers)).toEqual(["apt", "shell"]);
  });

  it("has a step for each resource change, in the same order", () => {
    const plan = planJson(fullPlan());
    expect(plan.omg.steps.map((step) => step.address)).toEqual(plan.resource_changes.map((change) => change.address));
    expect(plan.omg.steps.find((step) => step.kind === "downgrade")?.undo).toMatchObject({ possible: false });
  });

  it("has artifacts, verdict, problems and everything that is left alone", () => {
    const refused = planJson(refusedPlan()).omg;
    expect(refused.verdict.violations[0]).toMatchObject({
      rule: "grade.minimum",
      file: "/etc/omg/policy.toml",
      line: 12,
    });
    expect(refused.problems[0]).toMatchObject({ code: "no-such-version", address: "apt.nodejs" });
    expect(refused.verdict.judgements[0]).toMatchObject({
      grade: "verified",
      evidence: [{ check: "signature" }, { check: "checksum", verdict: "pending" }],
    });
    const full = planJson(fullPlan()).omg;
    expect(full.artifacts.find((each) => each.address === "apt.ripgrep")).toEqual({
      address: "apt.ripgrep",
      version: "13.0.0-4+b2",
      arch: "amd64",
      role: "install",
      sha256: fakeSha(11),
      size: 1_600_000,
      origin: "debian",
      filename: "ripgrep_13.0.0-4+b2_amd64.deb",
    });
    expect([full.ahead.length, full.unmanaged.length, full.foreign, full.unpinned, full.satisfied]).toEqual([
      1,
      8,
      ["apt.google-chrome-stable"],
      ["apt.newthing"],
      412,
    ]);
  });

  it("names a generation by scope and number", () => {
    expect(planJson(samplePlan({ goal: { type: "generation", scope: "system", number: 6 } })).omg.goal).toEqual({
      type: "generation",
      scope: "system",
      number: 6,
    });
  });
});

describe("one plan has one text", () => {
  it("but for the timestamp", () => {
    const [early, late] = [fullPlan(), { ...fullPlan(), time: "2027-01-01T00:00:00.000Z" }].map((plan) => text(plan));
    expect(late?.replace("2027-01-01T00:00:00.000Z", "2026-11-15T08:30:00.000Z")).toBe(early);
    expect(late).not.toBe(early);
  });

  it("in whatever order sets and maps were filled", () => {
    const plan = fullPlan();
    const shuffled =
      (seed: readonly number[]) =>
      <T>(list: readonly T[]): T[] =>
        list
          .map((item, index) => ({ item, key: seed[index % seed.length] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ item }) => item);
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 9 }), (seed) => {
        const mix = shuffled(seed);
        const record = (of: Readonly<Record<string, string>>) => Object.fromEntries(mix(Object.entries(of)));
        const { diff, binding, verdict, transactions } = plan;
        const other: Plan = {
          ...plan,
          diff: {
            ...diff,
            drift: mix(diff.drift),
            ahead: mix(diff.ahead),
            unmanaged: mix(diff.unmanaged),
            foreign: mix(diff.foreign),
          },
          binding: { ...binding, policies: record(binding.policies), providers: record(binding.providers) },
          verdict: { ...verdict, judgements: mix(verdict.judgements) },
          transactions: transactions.map((each) => ({ ...each, artifacts: mix(each.artifacts) })),
        };
        expect(text(other)).toBe(text(plan));
      }),
    );
  });

  it("and another order of steps is another plan", () => {
    const steps = everyKindOfStep();
    expect(text(samplePlan({ steps }))).not.toBe(text(samplePlan({ steps: steps.toReversed() })));
  });
});

describe("docs/plan-json.md", () => {
  /** Names of members at every depth, but for keys that are data. */
  function names(value: unknown): string[] {
    if (Array.isArray(value)) return value.flatMap(names);
    if (typeof value !== "object" || value === null) return [];
    const data = ["policies", "providers", "facts", "before", "after", "after_unknown"];
    return Object.entries(value).flatMap(([key, member]) => [key, ...(data.includes(key) ? [] : names(member))]);
  }

  it("names every member", () => {
    const docs = readFileSync(join(import.meta.dirname, "../../docs/plan-json.md"), "utf8");
    const all = new Set(
      [fullPlan(), refusedPlan(), samplePlan({ goal: { type: "generation", scope: "user", number: 1 } })].flatMap(
        (plan) => names(planJson(plan)),
      ),
    );
    expect(all.size).toBeGreaterThan(60);
    for (const name of all) expect(docs, name).toMatch(new RegExp(`\\b${name}\\b`));
  });
});
