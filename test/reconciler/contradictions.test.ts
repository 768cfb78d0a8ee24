import { expect, it } from "vitest";
import { contradictions, projected } from "../../reconciler/contradictions.ts";
import type { Diff } from "../../schema/model/change.ts";
import type { Observed } from "../../schema/model/resource.ts";
import type { Step } from "../../schema/model/transaction.ts";

const NOTHING: Diff = {
  drift: [],
  changes: [],
  ahead: [],
  unmanaged: [],
  foreign: [],
  unpinned: [],
  satisfied: 0,
  unreadable: [],
};

const step = (name: string, after: Step["after"], because?: Step["address"]): Step => ({
  address: `apt.${name}`,
  provider: "apt",
  name,
  kind: after === null ? "remove" : "install",
  cause: "conflict",
  before: null,
  after,
  ...(because === undefined ? {} : { because }),
  undo: { possible: true },
});
const still = (name: string, more = {}): Diff["changes"][number] => ({
  ...step(name, { version: "1" }),
  cause: "lock",
  ...more,
});

it("names what the lock wants and the steps take away, with the reason", () => {
  const found = contradictions([step("a", { version: "1" }), step("b", null, "apt.a")], NOTHING, {
    ...NOTHING,
    changes: [still("b"), still("untouched")],
  });
  expect(found.map(({ code, address, message }) => `${code} ${address} ${message}`)).toEqual([
    "conflict apt.b The lock wants b as well, and because of a it would be removed.",
  ]);
});

it("counts a version beyond the pin only where it was not so before", () => {
  const ahead = [{ address: "apt.b", installed: "2", pinned: "1" }] as const;
  const steps = [step("b", { version: "2" })];
  expect(contradictions(steps, NOTHING, { ...NOTHING, ahead })).toHaveLength(1);
  expect(contradictions(steps, { ...NOTHING, ahead }, { ...NOTHING, ahead })).toEqual([]);
});

it("leaves alone what was only to go where nothing needs it", () => {
  const after = { ...NOTHING, changes: [still("b", { onlyIfUnneeded: true })] };
  expect(contradictions([step("b", { version: "2" })], NOTHING, after)).toEqual([]);
});

it("sees what the steps touch as they leave it, and nothing else", () => {
  const observed: Observed = {
    provider: "apt",
    resources: new Map([
      ["a", { name: "a", health: "needs-repair", attributes: { version: "0" }, requested: true }],
      ["b", { name: "b", health: "installed", attributes: { version: "1" }, requested: true }],
      ["untouched", { name: "untouched", health: "installed", attributes: { version: "1" }, requested: true }],
    ]),
    interrupted: [],
    counts: {},
  };
  const then = projected(observed, [step("a", { version: "1" }), step("b", null), step("c", { version: "3" })]);
  expect(
    [...then.resources.values()].map(({ name, health, attributes }) => [name, health, attributes.version]),
  ).toEqual([
    ["a", "installed", "1"],
    ["c", "installed", "3"],
  ]);
  expect(observed.resources.size).toBe(3);
});
