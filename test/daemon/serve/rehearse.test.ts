import { describe, expect, it } from "vitest";
import type { Context } from "../../../app/context.ts";
import type { Prepared } from "../../../app/prepared/open.ts";
import { openRehearsal } from "../../../daemon/serve/rehearse.ts";

const CONTEXT = { uid: 0, now: () => new Date(0) } as Context;
/** Nothing of it is read but what is installed by name. */
const KNOWN = { explicit: { packages: [{ name: "omg-first" }, { name: "omg-second" }] } } as unknown as Prepared;

/** A rehearsal of what `current` says, with stand-ins for what answers: they note what was asked, and how many turns others had by then. */
function rehearsal(current: () => Prepared | undefined, works = () => {}) {
  const asked: { readonly words: readonly string[]; readonly as: "command" | "data"; readonly turns: number }[] = [];
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  let goes = () => {};
  const over = new Promise<void>((resolve) => {
    goes = openRehearsal(
      {
        current,
        ctx: CONTEXT,
        print: ({ args }) => {
          asked.push({ words: args, as: "command", turns });
          works();
          return undefined;
        },
        answer: (question) => {
          asked.push({ words: [question.ask, ...("names" in question ? question.names : [])], as: "data", turns });
          works();
        },
      },
      () => {
        isOver = true;
        resolve();
      },
    );
  });
  return { asked, goes, over };
}

describe("a rehearsal", () => {
  it("waits for something to answer from, and goes through each kind of question once in omgd's life", async () => {
    let prepared: Prepared | undefined;
    const { asked, goes, over } = rehearsal(() => prepared);
    goes();
    expect(asked).toEqual([]);
    prepared = KNOWN;
    goes();
    await over;
    const { length } = asked;
    for (const form of ["command", "data"]) {
      const kinds = asked.flatMap(({ words, as }) => (as === form ? [words[0]] : []));
      expect(new Set(kinds)).toEqual(new Set(["search", "info", "explicit", "outdated"]));
    }
    // About what is there: of anything else there is little to print.
    const names = asked.flatMap(({ words }) => (words[0] === "info" ? [words[1]] : []));
    expect(new Set(names)).toEqual(new Set(["omg-first", "omg-second"]));
    goes();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).toHaveLength(length);
  });

  it("has others come in between before each of them, and is stopped by no fault", async () => {
    const { asked, goes, over } = rehearsal(
      () => KNOWN,
      () => {
        throw new Error("a record is damaged");
      },
    );
    goes();
    await over;
    expect(asked.length).toBeGreaterThan(50);
    for (const [at, { turns }] of asked.entries()) expect(turns).toBeGreaterThanOrEqual(at);
  });
});
