import { setImmediate as turn } from "node:timers/promises";
import type { Context } from "../../app/context.ts";
import type { Prepared } from "../../app/prepared/open.ts";
import { frameOf } from "../../schema/wire/frames.ts";
import type { Print } from "./query.ts";

/** After so many V8 has made quick code of what most answers take. */
const ROUNDS = 20;

/**
 * Answers nobody, once there is something to answer from. Code that has not run often is read, compiled and compiled again while somebody waits, up
 * to twenty times as long as for an answer later: more than whoever passed a command on waits before it starts Node.
 * @param done called once that is over
 */
export function openRehearsal(
  current: () => Prepared | undefined,
  ctx: Context,
  print: Print,
  done: () => void,
): () => void {
  let isBegun = false;
  return () => {
    if (isBegun || current() === undefined) return;
    isBegun = true;
    void rehearse(current, ctx, print).then(done);
  };
}

async function rehearse(current: () => Prepared | undefined, ctx: Context, print: Print): Promise<void> {
  const client = { build: "", uid: ctx.uid, surroundings: "", terminal: true, columns: 80, look: {} };
  for (const args of rehearsed(current()?.explicit?.packages.map(({ name }) => name) ?? [])) {
    await turn();
    const prepared = current();
    try {
      if (prepared !== undefined) frameOf({ out: print({ ...client, args }, prepared, ctx.now())?.text });
    } catch {
      // who asks is told
    }
  }
}

/** Questions as people ask them, about what is here. A letter has a search go through everything. */
function* rehearsed(names: readonly string[]): Generator<readonly string[]> {
  yield ["search", "e"];
  for (let round = 0; round < ROUNDS; round += 1) {
    const name = names[round % names.length] ?? "bash";
    yield ["search", name.slice(0, 3 + (round % 4))];
    yield ["info", name];
    yield ["explicit"];
    yield ["outdated"];
  }
}
