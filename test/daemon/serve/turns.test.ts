import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openTurns } from "../../../daemon/serve/turns.ts";

/** Ten clients may ask all the time; each piece of work takes a millisecond by this clock. */
function open() {
  let now = 0;
  const turns = openTurns(10, () => now);
  const done: string[] = [];
  const worksFor = (name: string, of = new AbortController()) =>
    turns.take(of.signal, () => {
      done.push(name);
      now += 1;
    });
  const wait = (ms: number) => {
    now += ms;
  };
  return { turns, done, worksFor, wait };
}

describe("turns", () => {
  it("are of one at a time, and leave the event loop to others after each", async () => {
    const { done, worksFor } = open();
    const all = ["a", "b", "c"].map((name) => worksFor(name));
    const counts: number[] = [];
    while (done.length < 3) {
      counts.push(done.length);
      await turn();
    }
    await Promise.all(all);
    expect(done).toEqual(["a", "b", "c"]);
    expect([...new Set(counts)]).toEqual([0, 1, 2]);
  });

  it("come sooner to whoever has had none lately, and to all that wait before those that come later", async () => {
    const { done, worksFor, wait } = open();
    const [greedy, other] = [new AbortController(), new AbortController()];
    await worksFor("greedy", greedy);
    const first = worksFor("x");
    const waits = [worksFor("greedy again", greedy), worksFor("other", other)];
    await Promise.all([first, ...waits]);
    expect(done).toEqual(["greedy", "x", "other", "greedy again"]);
    const rest = [worksFor("y"), worksFor("greedy at last", greedy)];
    wait(100);
    await Promise.all([...rest, worksFor("late")]);
    expect(done.slice(-3)).toEqual(["y", "greedy at last", "late"]);
  });

  it("are nobody's who left, and go on where work fails", async () => {
    const { turns, done, worksFor } = open();
    const leaver = new AbortController();
    const fails = turns.take(new AbortController().signal, () => Promise.reject(new Error("broken")));
    const left = worksFor("left", leaver);
    const stays = worksFor("stays");
    leaver.abort();
    await expect(fails).rejects.toThrow("broken");
    expect(await left).toBeUndefined();
    await stays;
    expect(done).toEqual(["stays"]);
  });
});
