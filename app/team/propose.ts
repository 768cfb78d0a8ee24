import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeOwned } from "../../host/files.ts";
import { lastLines } from "../../host/git.ts";
import { ownGit } from "../../host/own-git.ts";
import { OmgError } from "../../schema/error.ts";
import { type LockChange, lockChanges } from "../../schema/files/merge/additions.ts";
import { mergeLocks } from "../../schema/files/merge/lock.ts";
import type { Context } from "../context.ts";
import { conflict } from "./merge-lock.ts";
import { draftOf, summaryOf } from "./proposal.ts";
import { fetched, noConsent, type PushOptions } from "./push.ts";
import { openWorkTree, type WorkTree } from "./work-tree.ts";

export interface ProposeResult {
  readonly outcome: "proposed" | "nothing" | "declined";
  readonly changes: readonly LockChange[];
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
export async function teamPropose(ctx: Context, { capture, yes, agree }: PushOptions): Promise<ProposeResult> {
  const tree = await openWorkTree(ctx);
  const { git, signs } = tree;
  const draft = await draftOf(ctx, tree, capture);
  await fetched(tree);
  const tip = await git.ok(["rev-parse", "FETCH_HEAD"]);
  const base = await git.run(["merge-base", "HEAD", tip]);
  const lockAt = async (commit: string) => {
    const ran = await git.run(["show", `${commit}:omg.lock`]);
    return ran.code === 0 ? ran.stdout : "";
  };
  const before = await lockAt(tip);
  const merged = mergeLocks({ base: await lockAt(base.stdout.trim()), ours: draft.text, theirs: before });
  if (merged === undefined || merged.conflicts.length > 0) throw conflict("omg.lock", merged?.conflicts ?? []);
  if (merged.text === before) return { outcome: "nothing", changes: [] };
  const changes = lockChanges(before === "" ? "version: 1\n" : before, merged.text) ?? [];
  if (!yes && agree === undefined) throw noConsent();
  const branch = `omg/${ctx.user.replace(/[^A-Za-z0-9_-]+/g, "-")}-${stamp(ctx.now())}`;
  if (!yes && !(await agree?.({ branch, changes, waiting: 0, signed: signs }))) return { outcome: "declined", changes };
  const text = summaryOf(changes);
  const commit = await commitOn(ctx, tree, { tip, lock: merged.text, text });
  const ran = await git.run(["push", "--quiet", "origin", `${commit}:refs/heads/${branch}`]);
  if (ran.code === 0) return { outcome: "proposed", changes, branch, commit, text };
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
