import type { Context } from "../app/context.ts";
import { EXIT } from "../schema/error.ts";
import type { ChildEnd } from "./child.ts";
import { type Failure, failedOnceMore, looksAtRepository, type Reason } from "./decide.ts";
import type { Problem } from "./problem.ts";
import { foldersOf, type Settings } from "./settings.ts";
import type { Laid } from "./source/laid.ts";
import { pointTo } from "./source/point.ts";
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
  /** Aborted as soon as the machine has changed since this round began. */
  readonly moved: AbortSignal;
  /** What lies below the lock's path. */
  readonly laid: Laid;
  /** Before bytes are fetched: gives teammates on the local network time to be found, where they are looked for. */
  readonly gather: () => Promise<void>;
  /** Tells teammates on the local network what the look came to. */
  readonly tellTeam: () => void;
}

/** What can fail in a round. */
export type Work = "rollForward" | "drift";

/** Has the lock's path lead to a commit, once its files are as it has them. @returns whether they are: nothing may go by others */
export async function lead(round: Round, what: Work, commit: string): Promise<boolean> {
  const { ctx, laid } = round;
  const problem = await laid.ensure(commit);
  if (problem === undefined) pointTo(foldersOf(ctx), commit);
  else if (!ctx.signal.aborted) {
    remember(round, what, { commit, problem, kind: "outside" });
    // What is missing comes with a look at the repository.
    if (!looksAtRepository(round.reasons)) round.soon("again");
  }
  return problem === undefined;
}

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
