import type { Context } from "../../app/context.ts";
import type { AcceptedCommit } from "../../app/followed-commits.ts";
import { OmgError } from "../../schema/error.ts";
import { readSettings } from "../settings.ts";
import { fetchHead } from "./head.ts";
import { raiseMark, readMark } from "./marks.ts";
import { targetOf } from "./target.ts";

export interface AcceptOptions {
  /** Full hex name. */
  readonly commit: string;
  readonly yes: boolean;
  /** Asks the person; absent where there is nobody to ask. */
  readonly agree?: (about: { readonly commit: string; readonly before?: AcceptedCommit }) => Promise<boolean>;
}

export interface AcceptResult {
  readonly channel: string;
  readonly commit: string;
  /** The newest that was believed until now. */
  readonly before?: AcceptedCommit;
  readonly outcome: "accepted" | "declined";
}

/**
 * Believes the newest commit of the followed branch on somebody's word alone: after a rewritten history, or where a key ended that had
 * signed. From then on what rests on it counts as ever.
 * @throws OmgError `commit-not-newest`, `no-consent`, and those of fetching
 */
export async function acceptCommit(ctx: Context, { commit, yes, agree }: AcceptOptions): Promise<AcceptResult> {
  const settings = await readSettings(ctx);
  const { channel } = settings;
  const before = readMark(ctx, channel);
  const { commit: newest, release } = await targetOf(ctx, settings, await fetchHead(ctx, settings), before);
  if (newest !== commit) throw notNewest(channel, commit, newest);
  const about = { channel, commit, ...(before === undefined ? {} : { before }) };
  if (!yes && agree === undefined) throw noConsent();
  if (!yes && !(await agree?.(about))) return { ...about, outcome: "declined" };
  await raiseMark(ctx, channel, before, {
    commit,
    by: `nobody: taken by ${ctx.user} as it is`,
    ...(release === undefined ? {} : { release }),
  });
  return { ...about, outcome: "accepted" };
}

function notNewest(channel: string, commit: string, newest: string): OmgError {
  return new OmgError({
    code: "commit-not-newest",
    exit: "error",
    message: `The newest commit of ${channel} is ${newest}, and not ${commit}.`,
    state: "What was believed before counts on.",
    hint: "Look at it first, then name it whole.",
  });
}

function noConsent(): OmgError {
  return new OmgError({
    code: "no-consent",
    exit: "consent",
    message: "There is nobody to ask whether this commit may be believed as it is.",
    state: "What was believed before counts on.",
    hint: "Look at it first, then give --yes.",
  });
}
