import { hostname } from "node:os";
import type { Commit } from "../host/git-commit.ts";
import { type CommitVerdict, judgeCommit } from "../policy/signers/judge.ts";
import { readSigners, signerFiles } from "../policy/signers/read.ts";
import { takeLeases } from "../reconciler/lease.ts";
import { note } from "../reconciler/note.ts";
import type { Context } from "./context.ts";
import { refuseForeign } from "./own-files.ts";
import { readOnlyScope } from "./world.ts";

export type { CommitVerdict } from "../policy/signers/judge.ts";

/** The newest commit of a repository that was believed here, and the how manieth. */
export interface AcceptedCommit {
  readonly commit: string;
  /** From 1, one more each time. */
  readonly number: number;
  /** When it was first seen. RFC 3339. */
  readonly time: string;
  /** Who signed it. */
  readonly by: string;
  /** Highest version of a release that named it; absent where none was required. */
  readonly release?: number;
}

/**
 * Who judges commits, by the keys in a folder.
 * @throws OmgError `signers-invalid`, `signers-of-another`
 */
export async function commitJudge(ctx: Context, folder: string): Promise<(commit: Commit) => Promise<CommitVerdict>> {
  for (const path of [folder, ...signerFiles(folder)])
    refuseForeign(ctx, path, "signers-of-another", "say whose commits count here");
  const signers = await readSigners(folder);
  return (commit) => judgeCommit(commit, signers, ctx.now());
}

/** What the log says of it; undefined where that knows of none. */
export function acceptedByLog(ctx: Context, channel: string): AcceptedCommit | undefined {
  const newest = ownScope(ctx)
    .log.entries()
    .findLast(({ event, subject }) => event === "commit.accepted" && subject === channel);
  if (newest === undefined) return undefined;
  const { commit, number, by, release } = newest.data;
  return typeof commit === "string" && typeof number === "number"
    ? { commit, number, time: newest.time, by: String(by), ...(typeof release === "number" ? { release } : {}) }
    : undefined;
}

/** Writes it into the log, and calls `keep` while nobody else may write there. Errors: OmgError `busy`, those of the log. */
export async function logAccepted(
  ctx: Context,
  channel: string,
  { commit, number, by, release }: Omit<AcceptedCommit, "time">,
  keep: (time: string) => void,
): Promise<void> {
  const scope = ownScope(ctx);
  const leases = await takeLeases({ scopes: [{ ...scope, providers: [] }] });
  try {
    const data = { commit, number, by, ...(release === undefined ? {} : { release }) };
    const actor = { actor: ctx.user, host: hostname() };
    keep(note(actor, scope, "commit.accepted", channel, data).time);
  } finally {
    for (const lease of leases) lease.release();
  }
}

function ownScope(ctx: Context) {
  return readOnlyScope(ctx, ctx.uid === 0 ? "system" : "user");
}
