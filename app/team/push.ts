import { withoutCredentials } from "../../host/address.ts";
import { writeOwned } from "../../host/files.ts";
import { lastLines } from "../../host/git.ts";
import type { OwnGit } from "../../host/own-git.ts";
import { OmgError } from "../../schema/error.ts";
import type { LockChange } from "../../schema/files/merge/additions.ts";
import { mergeLocks } from "../../schema/files/merge/lock.ts";
import type { Context } from "../context.ts";
import { conflict } from "./merge-lock.ts";
import { draftOf, summaryOf } from "./proposal.ts";
import { openWorkTree, type WorkTree } from "./work-tree.ts";

export interface PushOptions {
  /** Add what was asked for on this machine. */
  readonly capture: boolean;
  readonly yes: boolean;
  /** Asks the person; absent where there is nobody to ask. */
  readonly agree?: (about: PushView) => Promise<boolean>;
}

/** What is to be committed. */
export interface PushView {
  readonly branch: string;
  readonly changes: readonly LockChange[];
  /** Commits that lie here and not at the server. */
  readonly waiting: number;
  readonly signed: boolean;
}

export interface PushResult extends PushView {
  readonly outcome: "pushed" | "nothing" | "declined";
  readonly commit?: string;
  /** How often others had pushed meanwhile. */
  readonly merged: number;
}

/** Others may push as often as they like; after this many times something else is wrong. */
const MOST = 5;

/**
 * Captures what is new on this machine, shows what that changes in omg.lock, commits and pushes it. What others pushed meanwhile comes first, and
 * their omg.lock is merged by name.
 * @throws OmgError `no-team-here`, `no-consent`, `merge-conflict`, `push-refused`, `repository-unreachable`, `git-failed`
 */
export async function teamPush(ctx: Context, { capture, yes, agree }: PushOptions): Promise<PushResult> {
  const tree = await openWorkTree(ctx);
  const { branch, git, signs } = tree;
  const { path, text, changes } = await draftOf(ctx, tree, capture);
  await fetched(tree);
  const waiting = Number(await git.ok(["rev-list", "--count", "FETCH_HEAD..HEAD"]));
  const view = { branch, changes, waiting, signed: signs };
  if (changes.length === 0 && waiting === 0) return { ...view, outcome: "nothing", merged: 0 };
  if (!yes && agree === undefined) throw noConsent();
  if (!yes && !(await agree?.(view))) return { ...view, outcome: "declined", merged: 0 };
  if (changes.length > 0) {
    writeOwned(path, text);
    await git.ok(["add", "--", path]);
    await git.ok(["commit", "--quiet", "--file=-", "--", path], summaryOf(changes));
  }
  for (let merged = 0; ; merged += 1) {
    const ran = await git.run(["push", "--porcelain", "origin", `HEAD:refs/heads/${branch}`]);
    if (ran.code === 0) return { ...view, outcome: "pushed", commit: await git.ok(["rev-parse", "HEAD"]), merged };
    if (merged >= MOST || !/^!\t.*\[rejected\]/m.test(ran.stdout))
      throw refused(lastLines(`${ran.stdout}\n${ran.stderr}`));
    await rebase(tree);
  }
}

/** @throws OmgError `repository-unreachable` */
export async function fetched({ git, branch }: WorkTree): Promise<void> {
  const ran = await git.run(["fetch", "--quiet", "origin", `refs/heads/${branch}`]);
  if (ran.code === 0) return;
  const address = withoutCredentials((await git.setting("remote.origin.url")) ?? "origin");
  throw new OmgError({
    code: "repository-unreachable",
    exit: "unreachable",
    message: `${address} could not be fetched.`,
    details: lastLines(ran.stderr),
    state: "Nothing was committed.",
  });
}

/** What is here is put on top of what is there, so that the team's history stays one line. */
async function rebase(tree: WorkTree): Promise<void> {
  const { git } = tree;
  await fetched(tree);
  const ran = await git.run(["rebase", "--quiet", "--autostash", "FETCH_HEAD"]);
  if (ran.code === 0) return;
  const names = await conflicting(git);
  await git.run(["rebase", "--abort"]);
  throw conflict("omg.lock", names);
}

async function conflicting(git: OwnGit): Promise<readonly string[]> {
  const [base, ours, theirs] = await Promise.all([1, 2, 3].map((stage) => git.run(["show", `:${stage}:omg.lock`])));
  if (ours?.code !== 0 || theirs?.code !== 0) return [];
  const versions = { base: base?.code === 0 ? base.stdout : "", ours: ours.stdout, theirs: theirs.stdout };
  return mergeLocks(versions)?.conflicts ?? [];
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
    hint: "Give --yes.",
  });
}
