import { describe, expect, it } from "vitest";
import { type Asker, askersOf, turnOf } from "../../../team/peers/turn.ts";

const CHANNEL = "c".repeat(16);
const POLL = 300_000;
const STEP = POLL / 10;
const LONGEST = 12 * POLL;
const keys = Array.from({ length: 50 }, (_, index) => ({ key: `ed25519:${index}` }));
/** Of an interval in the middle of nowhere. */
const START = 5_000_000 * POLL;

/** What one of them finds when it looks at the clock. */
function turn(own: string, team: readonly Asker[], now: number, random = 0) {
  const all = team.map((each) => ({ ...each }));
  const self = all.find(({ key }) => key === own);
  if (self === undefined) throw new Error("it is one of them");
  const others = all.filter((each) => each !== self);
  return turnOf({ own: self, others, channel: CHANNEL, now, pollMs: POLL, longestMs: LONGEST, random: () => random });
}

const allLooked = (lookedMs: number, homes: readonly { readonly key: string }[] = keys) =>
  homes.map(({ key }) => ({ key, lookedMs }));
const first = (homes: readonly { readonly key: string }[], interval = START / POLL) =>
  askersOf(homes, CHANNEL, interval).map(({ key }) => key);

describe("whose turn it is to ask the repository", () => {
  it("is exactly one of 50 in each interval, and within some hours everybody's", () => {
    const turns = new Set<string>();
    for (let interval = 0; interval < 500; interval++) {
      const now = START + interval * POLL + 1;
      const team = allLooked(POLL / 2);
      const asking = keys.filter(({ key }) => turn(key, team, now).asks);
      expect(asking).toHaveLength(1);
      turns.add(asking[0]?.key ?? "");
    }
    expect(turns.size).toBe(50);
  });

  it("goes to exactly one other when that one leaves, and to nobody when another one does", () => {
    for (let interval = 0; interval < 100; interval++) {
      const now = START + interval * POLL + 1;
      const order = first(keys, now / POLL - 1 / POLL);
      for (const gone of [order[0], order[25]]) {
        const rest = allLooked(
          POLL / 2,
          keys.filter(({ key }) => key !== gone),
        );
        const asking = rest.filter(({ key }) => turn(key, rest, now).asks).map(({ key }) => key);
        expect(asking).toEqual([gone === order[0] ? order[1] : order[0]]);
      }
    }
  });

  it("goes on to the next one, one step later each, while nobody is heard to have asked, and at last to everybody", () => {
    const team = allLooked(2 * POLL);
    const order = first(keys);
    const asking = (step: number) => keys.filter(({ key }) => turn(key, team, START + step * STEP).asks).length;
    expect([0, 1, 2, 3, 9].map(asking)).toEqual([1, 2, 3, 50, 50]);
    // Each comes back when that is.
    const waits = order.slice(0, 5).map((key) => turn(key, team, START + 1).nextMs + 1);
    expect(waits.slice(1)).toEqual([STEP, 2 * STEP, 3 * STEP, 3 * STEP]);
  });

  it("is nobody else's once one of the first three has asked, and the word of others counts for nothing", () => {
    const order = first(keys);
    const now = START + 4 * STEP;
    const withLook = (by: string | undefined, ago: number) =>
      allLooked(POLL / 2).map((each) => (each.key === by ? { ...each, lookedMs: ago } : each));
    const asking = (team: readonly Asker[]) => keys.filter(({ key }) => turn(key, team, now).asks).length;
    expect(asking(withLook(order[0], 4 * STEP))).toBe(0);
    // The first two do not believe the third.
    expect(asking(withLook(order[2], STEP))).toBe(2);
    expect(asking(withLook(order[3], STEP))).toBe(49);
    expect(asking(withLook(order[0], 5 * STEP))).toBe(50);
  });

  it("is one's own before the repository gave no answer for longer than that, whoever says that they looked", () => {
    // All others are one band: they always looked just now, and had nothing.
    const [victim, ...band] = keys.map(({ key }) => key);
    const own = victim ?? "";
    for (const random of [0, 0.5, 0.999]) {
      let [now, asked, longest, count] = [START, START, 0, 0];
      while (now < START + 3 * 86_400_000) {
        const team = [{ key: own, lookedMs: now - asked }, ...band.map((key) => ({ key, lookedMs: 0 }))];
        const { asks, nextMs } = turn(own, team, now, random);
        if (asks) {
          longest = Math.max(longest, now - asked);
          asked = now;
          count += 1;
        }
        now += nextMs;
      }
      expect(longest).toBeLessThanOrEqual(LONGEST);
      expect(count).toBeGreaterThan(70);
    }
  });

  it("comes at most once in half an interval, however long that is, where others come and go", () => {
    const long = { channel: CHANNEL, pollMs: 86_400_000, longestMs: 43_200_000, random: () => 0.9 };
    const asks = (lookedMs: number) =>
      turnOf({
        own: { key: "ed25519:1", lookedMs },
        others: allLooked(0),
        now: 20_000 * 86_400_000 + 43_200_000,
        ...long,
      }).asks;
    expect([asks(1000), asks(43_000_000), asks(43_300_000)]).toEqual([false, false, true]);
  });

  it("is always one's own where nothing is known of the last answer", () => {
    const team = keys.map(({ key }) => ({ key, lookedMs: key === "ed25519:7" ? undefined : 0 }));
    expect(turn("ed25519:7", team, START + 1).asks).toBe(true);
  });
});
