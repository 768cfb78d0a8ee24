import { describe, expect, it } from "vitest";
import { refuseUnpinned, refuseUnpinnedSteps } from "../../app/locked.ts";
import type { Desired, Wanted } from "../../schema/model/desired.ts";
import type { Step } from "../../schema/model/transaction.ts";
import { samplePlan, sampleStep } from "../support/plan-samples.ts";

function desired(...wanted: readonly Partial<Wanted>[]): readonly Desired[] {
  const all = wanted.map((one) => ({
    provider: "apt",
    name: "a",
    presence: "present" as const,
    attributes: {},
    ...one,
  }));
  const unmanaged = { mode: "ignore", foreign: "report", ignore: [] } as const;
  return [{ provider: "apt", wanted: all, unmanaged, notes: [] }];
}

function plan(step: Partial<Step>) {
  return {
    ...samplePlan(),
    steps: [{ ...sampleStep("apt.a", { kind: "install", after: { version: "2" } }), ...step }],
  };
}

const unpinned = expect.objectContaining({ code: "unpinned", exit: "invalid" });

describe("--locked", () => {
  it("lets nothing be asked for without a pin", () => {
    expect(() => refuseUnpinned(desired({ request: "*" }), "debian-12-amd64")).toThrow(unpinned);
    refuseUnpinned(desired({ request: "*", pin: { version: "1" } }, { presence: "absent", request: "*" }), "x");
  });

  it("lets nothing be installed but exactly what is pinned", () => {
    refuseUnpinnedSteps(plan({}), desired({ pin: { version: "2" } }));
    expect(() => refuseUnpinnedSteps(plan({}), desired({ pin: { version: "1" } }))).toThrow(unpinned);
    expect(() => refuseUnpinnedSteps(plan({}), desired({ request: "*" }))).toThrow(unpinned);
  });

  it("names a dependency that no pin speaks of", () => {
    const dependency = plan({ address: "apt.dep", name: "dep", cause: "dependency" });
    expect(() => refuseUnpinnedSteps(dependency, desired({ pin: { version: "2" } }))).toThrow(
      expect.objectContaining({ details: ["apt.dep: 2"] }),
    );
  });

  it("has nothing against removals, marks, and what has no version", () => {
    for (const step of [
      { kind: "remove", after: null },
      { kind: "modify", after: { version: "3", auto: true } },
      { kind: "install", after: { value: "nvim" } },
    ] as const)
      refuseUnpinnedSteps(plan(step), desired());
  });
});
