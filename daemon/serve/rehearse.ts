import { setImmediate as turn } from "node:timers/promises";
import type { Context } from "../../app/context.ts";
import type { Prepared } from "../../app/prepared/open.ts";
import { frameOf, PROTOCOL } from "../../schema/wire/frames.ts";
import type { Question, SystemQuestion } from "../../schema/wire/questions.ts";
import type { Answerer } from "./client.ts";
import type { Print } from "./query.ts";

/** After so many V8 has made quick code of what most answers take. */
const ROUNDS = 20;

/** What is gone through: what commands print, and what is answered as data. */
export interface Rehearsed {
  readonly current: () => Prepared | undefined;
  readonly ctx: Context;
  readonly print: Print;
  readonly answer: Answerer<Question>;
}

/**
 * Answers nobody, once there is something to answer from. Code that has not run often is read, compiled and compiled again while somebody waits, up
 * to twenty times as long as for an answer later: more than whoever passed a command on waits before it starts Node.
 * @param done called once that is over
 */
export function openRehearsal(rehearsed: Rehearsed, done: () => void): () => void {
  let isBegun = false;
  return () => {
    if (isBegun || rehearsed.current() === undefined) return;
    isBegun = true;
    // Nobody waits for it, and no fault of it may end omgd.
    void rehearse(rehearsed)
      .then(done)
      .catch(() => undefined);
  };
}

async function rehearse({ current, ctx, print, answer }: Rehearsed): Promise<void> {
  const client = { build: "", uid: ctx.uid, surroundings: "", terminal: true, columns: 80, look: {} };
  const { signal } = new AbortController();
  const say = (reply: object) => frameOf({ v: PROTOCOL, id: 1, ...reply }).length > 0;
  for (const question of questionsAbout(current()?.explicit?.packages.map(({ name }) => name) ?? [])) {
    await turn();
    const prepared = current();
    if (prepared === undefined) return;
    try {
      if ("ask" in question) await answer(question, say, signal);
      else {
        const printed = print({ ...client, args: question }, prepared, ctx.now());
        if (printed !== undefined) say({ out: Buffer.from(printed.text) });
      }
    } catch {
      // who asks is told
    }
  }
}

/** As people ask, about what is here: the words of a command, or the question that a program puts. */
function* questionsAbout(names: readonly string[]): Generator<readonly string[] | SystemQuestion> {
  // A letter has a search go through everything.
  yield ["search", "e"];
  for (let round = 0; round < ROUNDS; round += 1) {
    const name = names[round % names.length] ?? "bash";
    const term = name.slice(0, 3 + (round % 4));
    yield ["search", term];
    yield { ask: "search", terms: [term], limit: 20 };
    yield ["info", name];
    yield { ask: "info", names: [name] };
    for (const ask of ["explicit", "outdated"] as const) {
      yield [ask];
      yield { ask };
    }
  }
}
