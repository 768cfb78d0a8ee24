import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expendable } from "../../reconciler/clean/generations.ts";
import type { Generation } from "../../schema/model/base.ts";

const DAY = 24 * 3600 * 1000;

function made(number: number, lock: string, day = number): Generation {
  return {
    number,
    time: new Date(day * DAY).toISOString(),
    lock: { name: lock, repository: "local:/" },
    lockDigest: "",
    cause: "apply",
    wanted: [],
    owned: {},
    installed: {},
    artifacts: {},
    entry: "",
  };
}

const history = fc
  .array(fc.record({ lock: fc.constantFrom("a", "b", "c"), day: fc.nat(30) }), { minLength: 1, maxLength: 12 })
  .map((list) => list.map(({ lock, day }, index) => made(index, lock, day)));

describe("generations that may go", () => {
  it("are the oldest, by number and by age, and never the newest", () => {
    const all = [0, 1, 2, 3, 4].map((number) => made(number, "a"));
    const going = (rule: Parameters<typeof expendable>[2]) => expendable(all, [], rule, new Set()).going;
    expect(going({ newest: 5 })).toEqual([]);
    expect(going({ newest: 2 })).toEqual([0, 1, 2]);
    expect(going({ newest: 0 })).toEqual([0, 1, 2, 3]);
    expect(going({ newest: 1, before: new Date(2 * DAY) })).toEqual([0, 1]);
    expect(going({ newest: 4, before: new Date(9 * DAY) })).toEqual([0]);
    expect(expendable(all, [], { newest: 1 }, new Set([2])).going).toEqual([0, 1, 3]);
  });

  it("leave, for every one that stays, what each lock wanted and owned up to it, over any number of cleanings", () => {
    const cleaning = fc.record({
      newest: fc.nat(6),
      before: fc.option(fc.nat(30), { nil: undefined }),
      held: fc.option(fc.nat(11)),
    });
    fc.assert(
      fc.property(history, fc.array(cleaning, { minLength: 1, maxLength: 3 }), (all, cleanings) => {
        let staying = all;
        let remnants: readonly Generation[] = [];
        for (const { newest, before, held } of cleanings) {
          const rule = { newest, ...(before === undefined ? {} : { before: new Date(before * DAY) }) };
          const found = expendable(staying, remnants, rule, new Set(held === null ? [] : [held]));
          remnants = [
            ...remnants.filter(({ number }) => !found.remnants.includes(number)),
            ...staying.filter(({ number }) => found.leaving.includes(number)),
          ];
          staying = staying.filter(({ number }) => !found.going.includes(number));
        }
        expect(staying.at(-1)).toBe(all.at(-1));
        const known = [...staying, ...remnants];
        for (const { number } of staying)
          for (const lock of ["a", "b", "c"]) {
            const newestOf = (list: readonly Generation[]) =>
              Math.max(
                -1,
                ...list.filter((each) => each.number <= number && each.lock.name === lock).map((each) => each.number),
              );
            expect(newestOf(known)).toBe(newestOf(all));
          }
      }),
    );
  });
});
