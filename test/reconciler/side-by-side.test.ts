import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sideBySide } from "../../reconciler/side-by-side.ts";

const limits = { overall: 4, each: 2 };
const always = () => true;

describe("work side by side", () => {
  it("keeps to both limits, does everything once, and gives the results in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 20 }), async (s, keys) => {
        const now = new Map<string, number>();
        const most = { overall: 0, each: 0 };
        const started: number[] = [];
        const act = async ({ key, index }: { key: string; index: number }) => {
          started.push(index);
          now.set(key, (now.get(key) ?? 0) + 1);
          most.each = Math.max(most.each, now.get(key) ?? 0);
          most.overall = Math.max(
            most.overall,
            [...now.values()].reduce((sum, n) => sum + n, 0),
          );
          await s.schedule(Promise.resolve());
          now.set(key, (now.get(key) ?? 0) - 1);
          return index * 10;
        };
        const items = keys.map((key, index) => ({ key, index }));
        const done = sideBySide(items, { keyOf: ({ key }) => key, limits, act, goesOn: always });
        expect(await s.waitFor(done)).toEqual(keys.map((_, index) => index * 10));
        expect(started.sort((a, b) => a - b)).toEqual(keys.map((_, index) => index));
        expect(most.overall).toBeLessThanOrEqual(4);
        expect(most.each).toBeLessThanOrEqual(2);
        if (new Set(keys).size > 1 && keys.length > 3) expect(most.overall).toBeGreaterThan(1);
      }),
    );
  });

  it("after a failure starts nothing more, waits for what runs, and gives the first", async () => {
    const events: string[] = [];
    const act = async (item: number) => {
      events.push(`start ${item}`);
      await new Promise((done) => setTimeout(done, item === 0 ? 5 : 30));
      events.push(`end ${item}`);
      if (item < 2) throw new Error(`failed ${item}`);
      return item;
    };
    const work = { keyOf: () => "", limits: { overall: 3, each: 3 }, act, goesOn: always };
    await expect(sideBySide([0, 1, 2, 3, 4], work)).rejects.toThrow("failed 0");
    expect(events).toEqual(["start 0", "start 1", "start 2", "end 0", "end 1", "end 2"]);
  });

  it("starts nothing more when it may not go on, and says so by undefined", async () => {
    let left = 3;
    const act = async (item: number) => {
      left -= 1;
      return item;
    };
    const work = { keyOf: () => "", limits: { overall: 2, each: 2 }, act, goesOn: () => left > 0 };
    expect(await sideBySide([1, 2, 3, 4, 5], work)).toEqual([1, 2, 3, undefined, undefined]);
    expect(await sideBySide([], work)).toEqual([]);
  });
});
