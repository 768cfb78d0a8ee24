import { setTimeout as pause } from "node:timers/promises";
import { acceptanceOf } from "../../app/accepting.ts";
import { apply } from "../../app/commands/apply.ts";
import type { Context } from "../../app/context.ts";
import type { ApplyResult } from "../../app/results.ts";
import { acquireLock } from "../../host/lock.ts";
import { OmgError } from "../../schema/error.ts";
import { foldersOf, readSettings } from "../settings.ts";
import { believe, layOut } from "../source/fetch.ts";
import { pointTo } from "../source/point.ts";
import { verifySource } from "../source/verify.ts";
import { asError } from "./problems.ts";

/**
 * Makes the machine what the newest commit of its team says, now: fetched, verified and remembered as omgd does, and applied as `omg apply
 * --locked` does. Where omgd runs, it takes that commit for the one in force then.
 * @throws OmgError `not-in-a-team`, `busy`, and those of fetching and applying
 */
export async function teamPull(ctx: Context, options: { readonly yes: boolean }): Promise<ApplyResult> {
  if ((await readSettings(ctx)).team === undefined) throw notInATeam();
  const { accept: _, ...whoIsAsked } = ctx;
  for (let round = 1; ; round += 1) {
    // The lock has one path, and an omgd that runs here has it lead elsewhere in its rounds: not until this run has read it.
    const release = await takeTurn(ctx);
    try {
      const lock = await layOutNewest(ctx);
      const asking = options.yes || round > 1 ? undefined : await acceptanceOf(ctx, { lock });
      if (asking === undefined)
        return await apply(whoIsAsked, { lock, locked: true, yes: options.yes, onRead: release });
      // Nobody waits for somebody to make up their mind; what is newest may be another commit by then.
      release();
      await asking();
    } finally {
      release();
    }
  }
}

/** @returns the path of its lock */
async function layOutNewest(ctx: Context): Promise<string> {
  const verified = await verifySource(ctx, await readSettings(ctx));
  const { problem } = await layOut(ctx, verified);
  const { lock } = await believe(ctx, verified, problem);
  if (problem !== undefined) throw asError(problem, "invalid");
  pointTo(foldersOf(ctx), verified.name);
  return lock;
}

const PATIENCE_MS = 60_000;
const EACH_MS = 200;

/** @returns what gives it back, as often as that is called. @throws OmgError `busy` where a round of omgd, or another pull, takes too long */
async function takeTurn(ctx: Context): Promise<() => void> {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    const turn = await acquireLock(foldersOf(ctx).turn);
    if (turn.held) return () => turn.release();
    ctx.signal.throwIfAborted();
    if (Date.now() > end) throw busy(turn.by);
    await pause(EACH_MS);
  }
}

function busy(by: string): OmgError {
  return new OmgError({
    code: "busy",
    exit: "busy",
    message: `Somebody else is at work with what this machine follows: ${by}.`,
    state: "Nothing was fetched or changed.",
    hint: "`omg daemon status` says what it is at. Run the command again when that is done.",
  });
}

/** For what only a team's machine can be asked. */
export function notInATeam(): OmgError {
  return new OmgError({
    code: "not-in-a-team",
    exit: "invalid",
    message: "This machine follows a repository, and is in no team: its config.toml has no `team`.",
    state: "Nothing was changed.",
    hint: "omg team join URL --trust SHA256:…",
  });
}
