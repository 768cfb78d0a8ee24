import type { Context } from "../app/context.ts";
import { EXIT } from "../schema/error.ts";
import type { ChildEnd } from "./child.ts";
import { type Failure, failedOnceMore, type Reason } from "./decide.ts";
import type { Problem } from "./problem.ts";
import type { Settings } from "./settings.ts";
import type { State, StateChange } from "./state.ts";

/** What a round works with. */
export interface Round {
  readonly ctx: Context;
  readonly settings: Settings;
  readonly reasons: ReadonlySet<Reason>;
  /** As it is now. */
  readonly state: () => State;
  /** Changes it, on the disk first. */
  readonly keep: (change: StateChange) => void;
  /** Has a round come again in a moment: somebody else was at work. */
  readonly soon: (reason: Reason) => void;
  /** Before bytes are fetched: gives teammates on the local network time to be found, where they are looked for. */
  readonly gather: () => Promise<void>;
  /** Tells teammates on the local network what the look came to. */
  readonly tellTeam: () => void;
}

/** What can fail in a round. */
export type Work = "rollForward" | "drift";

/** Remembers that a child did not do what it was asked for a commit. */
export function fail(
  round: Round,
  what: Work,
  commit: string,
  { code, problem }: Pick<ChildEnd, "code" | "problem">,
): void {
  if (problem === undefined || round.ctx.signal.aborted) return;
  remember(round, what, { commit, problem, kind: kindOf(what, code, problem) });
}

function kindOf(what: Work, code: ChildEnd["code"], { code: name }: Problem): Failure["kind"] {
  if (name === "held") return "holds";
  if (code === EXIT.unreachable) return "outside";
  return code === EXIT.invalid && what === "rollForward" ? "for good" : "counts";
}

export function remember({ ctx, state, keep, settings }: Round, what: Work, failure: Failure): void {
  keep({ [what]: failedOnceMore(state()[what], failure, settings, ctx.now(), Math.random) });
}
