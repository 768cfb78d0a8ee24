import { setImmediate as turn } from "node:timers/promises";
import type { Context } from "../../app/context.ts";
import type { Prepared } from "../../app/prepared/open.ts";
import type { Print } from "./query.ts";

/** What is asked most. A letter has a search go through everything, and V8 make quick code of it. */
const REHEARSED = [["search", "e"], ["info", "bash"], ["explicit"], ["outdated"]];

/**
 * Answers nobody. Code that has not run yet, or not for long, is read and compiled while somebody waits, up to twenty times as long as for an answer
 * later: more than whoever passed a command on waits before it starts Node.
 */
export async function rehearse(current: () => Prepared | undefined, ctx: Context, print: Print): Promise<void> {
  const client = { build: "", uid: ctx.uid, surroundings: "", terminal: true, columns: 80, look: {} };
  for (const args of REHEARSED) {
    await turn();
    const prepared = current();
    try {
      if (prepared !== undefined) print({ ...client, args }, prepared, ctx.now());
    } catch {
      // who asks is told
    }
  }
}
