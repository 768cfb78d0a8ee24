import { connect } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Context } from "../../app/context.ts";
import { statusPath } from "../../app/published-status.ts";
import { OmgError } from "../../schema/error.ts";
import { frameOf } from "../../schema/wire/frames.ts";

const PATIENCE_MS = 60_000;
const EACH_MS = 200;

/**
 * Has the omgd that runs here look at its repository, and waits until what it lays out is as it should be.
 * @throws OmgError `busy` where that takes too long, or it cannot be asked
 */
export async function haveOmgdLook(ctx: Context, isDone: () => boolean): Promise<void> {
  await asked(join(dirname(statusPath(ctx)), "control.sock"));
  const end = Date.now() + PATIENCE_MS;
  while (!isDone()) {
    ctx.signal.throwIfAborted();
    if (Date.now() > end) throw busy();
    await pause(EACH_MS);
  }
}

function asked(path: string): Promise<void> {
  return new Promise((done, fail) => {
    const socket = connect(path);
    socket.once("error", () => fail(busy()));
    // Whatever it answers: what counts is what it does.
    socket.once("data", () => {
      socket.destroy();
      done();
    });
    socket.once("close", () => done());
    socket.write(frameOf({ v: 1, id: 1, ask: "reconcile" }));
  });
}

function busy(): OmgError {
  return new OmgError({
    code: "busy",
    exit: "busy",
    message: "omgd looks after this machine, and has not taken up the newest commit yet.",
    state: "Nothing was changed.",
    hint: "`omg daemon status` says what it is at. Where it may not apply newer commits, try again once it names that one as waiting.",
  });
}
