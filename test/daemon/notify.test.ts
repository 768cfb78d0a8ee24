import { describe, expect, it } from "vitest";
import { type Known, newsOf } from "../../daemon/notify/news.ts";
import type { Telling } from "../../daemon/tell.ts";

const told = (about: Telling["about"], tone: Telling["tone"], text: string, state?: string): Telling => ({
  about,
  tone,
  text,
  ...(state === undefined ? {} : { state }),
});
const FOLLOWS = told("repository", "good", "follows x");

describe("what people are told", () => {
  /** What is news at each of these moments. */
  const through = (...moments: readonly (readonly Telling[])[]): string[][] => {
    let known: Known = {};
    return moments.map((tellings) => {
      const found = newsOf(known, tellings);
      known = found.known;
      return found.news.map(({ text }) => text);
    });
  };

  it("is what changed, and at first what needs somebody", () => {
    const inSync = told("machine", "good", "in sync");
    const drifted = (count: number) => told("machine", "warn", `drifted: ${count}`, "drifted");
    expect(through([FOLLOWS, inSync], [FOLLOWS, drifted(1)], [FOLLOWS, drifted(2)], [FOLLOWS, inSync])).toEqual([
      [],
      ["drifted: 1"],
      [],
      ["in sync"],
    ]);
    expect(through([FOLLOWS, drifted(1)])).toEqual([["drifted: 1"]]);
  });

  it("neither a step on the way nor the clock is news", () => {
    const waits = (time: string) => told("newest", "bad", `tried again at ${time}`, "failing");
    const coming = told("newest", "dim", "coming");
    const window = (time: string) => told("windows", "good", `open until ${time}`);
    expect(through([waits("1"), window("1")], [coming], [waits("2"), window("2")])).toEqual([
      ["tried again at 1"],
      [],
      [],
    ]);
  });

  it("that something is over is news where it would be missed", () => {
    const suspended = told("suspension", "warn", "suspended");
    expect(through([suspended], [])).toEqual([["suspended"], ["no more: what may be applied is applied"]]);
    expect(through([told("newest", "bad", "x")], [], [])).toEqual([["x"], [], []]);
  });
});
