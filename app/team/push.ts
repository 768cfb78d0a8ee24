import { writeOwned } from "../../host/files.ts";
import { lastLines } from "../../host/git.ts";
import { OmgError } from "../../schema/error.ts";
import type { LockChange } from "../../schema/files/merge/additions.ts";
import type { Context } from "../context.ts";
import { fetchedTip } from "./fetched.ts";
import { changesOf, type Draft, draftOf, summaryOf } from "./proposal.ts";
import { putOnTop, refuseInTheWay } from "./put-on-top.ts";
import { openWorkTree, refuseOtherBranch, textAt, type WorkTree } from "./work-tree.ts";

export interface PushOptions {
  /** With what was changed on this machine. */
  readonly capture: boolean;
  /** Only show. */
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** Asks the person; absent where there is nobody to ask. */
  readonly agree?: (about: PushView) => Promise<boolean>;
}

/** What is to be pushed. */
export interface PushView {
  readonly branch: string;
  /** Against what the server has. */
  readonly changes: readonly LockChange[];
  /** What of this machine was left out, and why. */
  readonly notes: readonly string[];
  /** Commits that lie here and not at the server. */
  readonly waiting: number;
  readonly signed: boolean;
}

export interface PushResult extends PushView {
  readonly outcome: "pushed" | "nothing" | "shown" | "declined";
  readonly commit?: string;
  /** How often what others had pushed came first. */
  readonly merged: number;
}

/** Others may push as often as they like; after this many times something else is wrong. */
const MOST = 5;

/**
 * Captures what was changed on this machine, shows what that changes in the team's omg.lock, commits and pushes it. What others pushed meanwhile
 * comes first, and their omg.lock is merged by name.
 * @throws OmgError `no-team-here`, `other-branch`, `no-consent`, `merge-conflict`, `push-refused`, `repository-unreachable`, `git-failed`
 */
export async function teamPush(ctx: Context, { capture, dryRun, yes, agree }: PushOptions): Promise<PushResult> {
  const tree = await openWorkTree(ctx);
  await refuseOtherBranch(tree);
  const { branch, git, signs } = tree;
  const draft = await draftOf(ctx, tree, capture);
  const { changes, notes, tip, current } = draft;
  const waiting = Number(await git.ok(["rev-list", "--count", `${tip}..HEAD`]));
  const view = { branch, changes, notes, waiting, signed: signs };
  if (changes.length === 0 && waiting === 0) return { ...view, outcome: "nothing", merged: 0 };
  if (dryRun) return { ...view, outcome: "shown", merged: 0 };
  if (!current) await refuseInTheWay(tree, tip);
  if (!yes && agree === undefined) throw noConsent();
  if (!yes && !(await agree?.(view))) return { ...view, outcome: "declined", merged: 0 };
  if (!current) await putOnTop(tree, tip);
  await commitLock(tree, draft);
  let known = tip;
  for (let merged = current ? 0 : 1; ; merged += 1) {
    const ran = await git.run(["push", "--porcelain", "origin", `HEAD:refs/heads/${branch}`]);
    if (ran.code === 0) return { ...view, outcome: "pushed", commit: await git.ok(["rev-parse", "HEAD"]), merged };
    // Servers have many words for somebody who was quicker: that the branch moved is what tells.
    const now = merged < MOST ? await fetchedTip(tree).catch(() => known) : known;
    if (now === known) throw refused(lastLines(`${ran.stdout}\n${ran.stderr}`));
    await putOnTop(tree, now);
    known = now;
  }
}

async function commitLock({ git }: WorkTree, { path, text, keepEvidence }: Draft): Promise<void> {
  const changes = changesOf(await textAt(git, "HEAD", "omg.lock"), text);
  if (changes.length === 0) return;
  await keepEvidence();
  writeOwned(path, text);
  await git.ok(["add", "--", path]);
  const ran = await git.run(["commit", "--quiet", "--file=-", "--", path], summaryOf(changes));
  if (ran.code === 0) return;
  throw new OmgError({
    code: "git-failed",
    exit: "error",
    message: `git commit ended with ${ran.code ?? ran.signal}.`,
    details: lastLines(ran.stderr),
    state: "omg.lock is written here, and nothing was committed or pushed.",
    hint: "Mend that and push again, or take it back: `git restore --staged --worktree omg.lock`.",
  });
}

function refused(details: readonly string[]): OmgError {
  return new OmgError({
    code: "push-refused",
    exit: "error",
    message: "The server did not take what was pushed.",
    details,
    state: "It is committed here, and not there.",
    hint: "Where you may not push to that branch: omg team propose",
  });
}

export function noConsent(): OmgError {
  return new OmgError({
    code: "no-consent",
    exit: "consent",
    message: "There is nobody to ask whether this may be pushed.",
    state: "Nothing was committed.",
    hint: "Give --yes, or only look: --dry-run.",
  });
}
