import { describe, expect, it } from "vitest";
import { holds, type Move, ownedAfter, ownedSoFar, untouched } from "../../reconciler/ownership.ts";
import type { Base } from "../../schema/model/base.ts";
import type { Change } from "../../schema/model/change.ts";
import type { Address, Attributes, Health, Observed } from "../../schema/model/resource.ts";

type Found = readonly [Attributes, Health?];

function machine(have: Readonly<Record<string, Found>>): ReadonlyMap<string, Observed> {
  const resources = Object.entries(have).map(
    ([name, [attributes, health = "installed"]]) => [name, { name, health, attributes, requested: true }] as const,
  );
  return new Map([["apt", { provider: "apt", resources: new Map(resources), interrupted: [], counts: {} }]]);
}

const install = (name: string, after: Attributes): Move => move(name, "install", null, after);
const remove = (name: string): Move => move(name, "remove", { version: "1" }, null);
function move(name: string, kind: Move["kind"], before: Move["before"], after: Move["after"]): Move {
  return { address: `apt.${name}`, provider: "apt", name, kind, before, after };
}

function stillOwned(parts: {
  readonly owned?: Base["owned"];
  readonly steps?: readonly Move[];
  readonly changes?: readonly Pick<Change, "address" | "onlyIfUnneeded">[];
  readonly wanted?: readonly Address[];
  readonly elsewhere?: readonly Address[];
  readonly have?: Readonly<Record<string, Found>>;
}): readonly string[] {
  const { owned = {}, steps = [], changes = [], wanted = [], elsewhere = [], have = {} } = parts;
  return Object.keys(
    ownedAfter({
      owned,
      steps,
      changes: changes as readonly Change[],
      wanted: new Set(wanted),
      elsewhere: new Set(elsewhere),
      observed: machine(have),
    }),
  ).sort();
}

describe("what omg owns after an apply", () => {
  it("is what it installed, and no longer what it removed", () => {
    expect(stillOwned({ owned: { "apt.a": {} }, steps: [install("b", {}), remove("a")], have: { a: [{}] } })).toEqual([
      "apt.b",
    ]);
  });

  it("is not what is gone, and not wanted: who installs it next owns it", () => {
    expect(stillOwned({ owned: { "apt.a": {} } })).toEqual([]);
    expect(stillOwned({ owned: { "apt.a": {} }, wanted: ["apt.a"] })).toEqual(["apt.a"]);
  });

  it("is not what another lock counts on, nor what somebody asked for by name", () => {
    expect(stillOwned({ owned: { "apt.a": {} }, elsewhere: ["apt.a"], have: { a: [{}] } })).toEqual([]);
    expect(stillOwned({ owned: { "apt.a": { auto: true } }, have: { a: [{ auto: false }] } })).toEqual([]);
  });

  it("gives up what it was asked for and others need by now, and keeps their dependencies to tidy up", () => {
    const changes = [
      { address: "apt.a", onlyIfUnneeded: true },
      { address: "apt.b", onlyIfUnneeded: true },
    ] as const;
    const have: Record<string, Found> = { a: [{ auto: false }], b: [{ auto: true }] };
    expect(stillOwned({ owned: { "apt.a": { auto: false }, "apt.b": { auto: true } }, changes, have })).toEqual([
      "apt.b",
    ]);
  });

  it("does not change for providers that nobody looked at", () => {
    expect(stillOwned({ owned: { "shell.env.A": {} } })).toEqual(["shell.env.A"]);
  });
});

describe("what omg owns after a run that was cut off", () => {
  it("is what has come, however far it got, with the marks it was to have", () => {
    const observed = machine({ a: [{ version: "1", auto: false }, "needs-repair"] });
    expect(ownedSoFar({}, [install("a", { version: "1", auto: true }), install("b", {})], observed)).toEqual({
      "apt.a": { version: "1", auto: true },
    });
  });

  it("is not what is gone, its configuration files left or not", () => {
    const owned = { "apt.a": {}, "apt.b": {} };
    expect(ownedSoFar(owned, [remove("a"), remove("b")], machine({ a: [{}, "residual"], b: [{}] }))).toEqual({
      "apt.b": {},
    });
  });
});

describe("a step", () => {
  it("holds when the machine is as it leaves it, and is untouched when it is as it found it", () => {
    const upgrade = move("a", "upgrade", { version: "1" }, { version: "2" });
    expect([
      holds(upgrade, machine({ a: [{ version: "2" }] })),
      untouched(upgrade, machine({ a: [{ version: "1" }] })),
    ]).toEqual([true, true]);
    expect(holds(upgrade, machine({ a: [{ version: "2" }, "needs-repair"] }))).toBe(false);
  });

  it("that installs is untouched over leftover configuration files", () => {
    expect(untouched(install("a", {}), machine({ a: [{ version: "1" }, "residual"] }))).toBe(true);
    expect(untouched(install("a", {}), machine({ a: [{ version: "1" }, "needs-repair"] }))).toBe(false);
  });
});
