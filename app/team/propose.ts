import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeOwned } from "../../host/files.ts";
import { lastLines } from "../../host/git.ts";
import { ownGit } from "../../host/own-git.ts";
import { OmgError } from "../../schema/error.ts";
import type { LockChange } from "../../schema/files/merge/additions.ts";
import type { Context } from "../context.ts";
import { draftOf, summaryOf } from "./proposal.ts";
import { noConsent, type PushOptions } from "./push.ts";
import { openWorkTree, type WorkTree } from "./work-tree.ts";

export interface ProposeResult {
  readonly outcome: "proposed" | "nothing" | "shown" | "declined";
  readonly changes: readonly LockChange[];
  /** What of this machine was left out, and why. */
  readonly notes: readonly string[];
  /** What the branch is called at the server. */
  readonly branch?: string;
  readonly commit?: string;
  /** What it says: for a review's text as well. */
  readonly text?: string;
}

/**
 * Pushes what omg.lock is to say as a branch of its own, on top of what the team has now, for others to look at. Branch, index and work tree
 * stay as they are.
 * @throws OmgError as for `teamPush`
 */
export async function teamPropose(ctx: Context, { capture, dryRun, yes, agree }: PushOptions): Promise<ProposeResult> {
  const tree = await openWorkTree(ctx);
  const { git, signs } = tree;
  const { text: lock, tip, changes, notes, keepEvidence } = await draftOf(ctx, tree, capture);
  const branch = `omg/${ctx.user.replace(/[^A-Za-z0-9_-]+/g, "-")}-${stamp(ctx.now())}`;
  const view = { branch, changes, notes, waiting: 0, signed: signs };
  if (changes.length === 0) return { outcome: "nothing", changes, notes };
  if (dryRun) return { outcome: "shown", changes, notes };
  if (!yes && agree === undefined) throw noConsent();
  if (!yes && !(await agree?.(view))) return { outcome: "declined", changes, notes };
  await keepEvidence();
  const text = summaryOf(changes);
  const commit = await commitOn(ctx, tree, { tip, lock, text });
  const ran = await git.run(["push", "--quiet", "origin", `${commit}:refs/heads/${branch}`]);
  if (ran.code === 0) return { outcome: "proposed", changes, notes, branch, commit, text };
  throw new OmgError({
    code: "push-refused",
    exit: "error",
    message: "The server did not take the branch.",
    details: lastLines(ran.stderr),
    state: "Nothing was changed.",
  });
}

/** In a work tree of its own, so that nothing of the person's is touched. */
async function commitOn(
  ctx: Context,
  { git, signs }: WorkTree,
  { tip, lock, text }: { readonly tip: string; readonly lock: string; readonly text: string },
): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), "omg-propose-")), "tree");
  try {
    await git.ok(["worktree", "add", "--quiet", "--detach", folder, tip]);
    writeOwned(join(folder, "omg.lock"), lock);
    const there = ownGit(folder, ctx.env, ctx.signal, signs ? ["commit.gpgsign=true"] : []);
    await there.ok(["add", "--", "omg.lock"]);
    await there.ok(["commit", "--quiet", "--file=-"], text);
    return await there.ok(["rev-parse", "HEAD"]);
  } finally {
    await git.run(["worktree", "remove", "--force", folder]);
    rmSync(join(folder, ".."), { recursive: true, force: true });
  }
}

function stamp(now: Date): string {
  return now.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
}
