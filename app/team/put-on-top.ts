import { lastLines } from "../../host/git.ts";
import type { OwnGit } from "../../host/own-git.ts";
import { OmgError } from "../../schema/error.ts";
import { conflict, mergedTexts } from "./merge-lock.ts";
import { textAt, type WorkTree } from "./work-tree.ts";

/** Puts what is here on top of what is there, so that the team's history stays one line. @throws OmgError `merge-conflict`, `git-failed` */
export async function putOnTop(tree: WorkTree, tip: string): Promise<void> {
  const { git } = tree;
  await refuseInTheWay(tree, tip);
  const ran = await git.run(["rebase", "--quiet", "--autostash", tip]);
  if (ran.code === 0) return;
  const files = await listed(git, ["diff", "--name-only", "-z", "--diff-filter=U"]);
  const names = await conflictingNames(git);
  await git.run(["rebase", "--abort"]);
  const state = "What you committed is here as it was, and not at the server.";
  const hint = "`git pull --rebase`, decide which it is, then push again.";
  if (files.length > 0 && !files.includes("omg.lock")) throw conflict(files.join(", "), [], { state, hint });
  if (files.length > 0) throw conflict("omg.lock", names, { state, hint });
  throw new OmgError({
    code: "git-failed",
    exit: "error",
    message: `git rebase ended with ${ran.code ?? ran.signal}.`,
    details: lastLines(ran.stderr),
    state,
  });
}

/**
 * What is changed here and in no commit is put aside for a moment and comes back; where the other side changed the same file, it might not.
 * @throws OmgError `not-committed`
 */
export async function refuseInTheWay({ git }: WorkTree, tip: string): Promise<void> {
  const mine = await listed(git, ["diff", "--name-only", "-z", "HEAD"]);
  const loose = await listed(git, ["ls-files", "--others", "--exclude-standard", "-z"]);
  const theirs = new Set(await listed(git, ["diff", "--name-only", "-z", `HEAD...${tip}`]));
  const both = [...mine, ...loose].filter((file) => file !== "omg.lock" && theirs.has(file));
  if (both.length === 0) return;
  throw new OmgError({
    code: "not-committed",
    exit: "error",
    message: `You changed ${both.join(", ")} here without committing it, and others pushed another one.`,
    state: "Nothing was pushed, and your files are as they were.",
    hint: "Commit it, or put it aside: `git stash`. Then push again.",
  });
}

async function listed(git: OwnGit, args: readonly string[]): Promise<readonly string[]> {
  const ran = await git.run(args);
  return ran.code === 0 ? ran.stdout.split("\0").filter((file) => file !== "") : [];
}

async function conflictingNames(git: OwnGit): Promise<readonly string[]> {
  const [base, ours, theirs] = await Promise.all([1, 2, 3].map((stage) => textAt(git, `:${stage}`, "omg.lock")));
  if (ours === undefined || theirs === undefined) return [];
  return (await mergedTexts({ base: base ?? "", ours, theirs }))?.conflicts ?? [];
}
