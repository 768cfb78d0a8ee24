import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { z } from "zod";
import type { planSchema } from "../../schema/files/plan-schema.ts";
import { type PlanJson, planJson } from "../../schema/wire/plan-json.ts";
import { checkPlan, checkPlans, isPublishedPlan } from "../support/plan-check.ts";
import { everyKindOfStep, fullPlan, refusedPlan, samplePlan } from "../support/plan-samples.ts";

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

it("has exactly the types of planJson", () => {
  // Compared by the compiler: this line fails in `npm run check` as soon as one of them has what the other has not.
  expectTypeOf<Frozen<z.infer<typeof planSchema>>>().toEqualTypeOf<Frozen<PlanJson>>();
});

const plans = (): readonly PlanJson[] =>
  [
    samplePlan(),
    samplePlan({ goal: { type: "generation", scope: "user", number: 1 } }),
    samplePlan({ steps: everyKindOfStep() }),
    samplePlan({ diff: { unreadable: [{ address: "apt.x", reason: "no permission" }] } }),
    fullPlan(),
    refusedPlan(),
  ].map((plan) => JSON.parse(JSON.stringify(planJson(plan))) as PlanJson);

/** Every object that the format describes, not those whose keys are data. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (typeof value !== "object" || value === null) return [];
  const data = ["policies", "providers", "facts", "before", "after", "after_unknown"];
  const members = Object.entries(value).filter(([key]) => !data.includes(key));
  return [value as Record<string, unknown>, ...members.flatMap(([, member]) => objectsIn(member))];
}

describe("the published JSON Schema, by another validator", () => {
  it("accepts every plan", () => {
    for (const plan of plans()) expect(() => checkPlan(plan)).not.toThrow();
  });

  it("wherever a member is that it does not know, it is an error in the tests and none for readers", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (which, where) => {
        const plan = plans()[which % plans().length] as PlanJson;
        const objects = objectsIn(plan);
        (objects[where % objects.length] as Record<string, unknown>).added_later = 1;
        expect(() => checkPlan(plan)).toThrow("added_later");
        expect(isPublishedPlan(plan)).toBe(true);
      }),
    );
  });

  it.each<[string, (plan: Record<string, unknown>) => void]>([
    ["another format", (plan) => Object.assign(plan, { format_version: "2.0" })],
    ["a time that is none", (plan) => Object.assign(plan, { timestamp: "yesterday" })],
    ["a member that is not there", (plan) => delete plan.resource_drift],
    ["other actions", (plan) => Object.assign(changeOf(plan), { actions: ["delete", "create", "delete"] })],
    ["no actions", (plan) => Object.assign(changeOf(plan), { actions: [] })],
    ["an attribute that is a list", (plan) => Object.assign(changeOf(plan), { after: { version: ["1"] } })],
    ["an address without provider", (plan) => Object.assign((plan as { omg: object }).omg, { foreign: ["ripgrep"] })],
  ])("refuses %s, for readers too", (_what, spoil) => {
    const plan = JSON.parse(JSON.stringify(planJson(fullPlan())));
    spoil(plan);
    expect(() => checkPlan(plan)).toThrow("is not what docs/schemas/plan.schema.json describes");
    expect(isPublishedPlan(plan)).toBe(false);
  });
});

function changeOf(plan: Record<string, unknown>): object {
  const [first] = plan.resource_changes as readonly { readonly change: object }[];
  if (first === undefined) throw new Error("no change in this plan");
  return first.change;
}

describe("what omg prints in a test", () => {
  const spoiled = { ...planJson(fullPlan()), omg: {} };

  it("is looked at wherever a plan can stand", () => {
    expect(() => checkPlans(JSON.stringify(spoiled))).toThrow("must have required property");
    expect(() => checkPlans(JSON.stringify({ format_version: "1.0", outcome: "shown", plan: spoiled }))).toThrow();
  });

  it("passes where it is no plan", () => {
    for (const output of ["", "Done.\n", "{ not JSON", '{"format_version":"1.0","state":"unknown"}'])
      expect(() => checkPlans(output)).not.toThrow();
  });
});
