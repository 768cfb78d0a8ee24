import { join } from "node:path";
import { readIfPresent } from "../../host/files.ts";
import { readRepository } from "../../host/git-head.ts";
import { type OwnGit, ownGit } from "../../host/own-git.ts";
import { OmgError } from "../../schema/error.ts";
import { parseTeam } from "../../schema/files/team-file.ts";
import { TEAM_FOLDER } from "../../team/trust/roles.ts";
import type { Context } from "../context.ts";
import { ownCommand } from "../here/keep.ts";

/**
 * In a work tree, git runs what its owner configured: nothing for root behind somebody else.
 * @throws OmgError `elevated`
 */
export function refuseOthers({ elevated, user }: Context): void {
  if (!elevated) return;
  throw new OmgError({
    code: "elevated",
    exit: "error",
    message: "This works in a person's own repository, with the person's own git.",
    state: "Nothing was changed.",
    hint: `Run it as ${user}, without sudo.`,
  });
}

/** A person's clone of a team's repository. */
export interface WorkTree {
  readonly folder: string;
  /** The branch that the team's machines follow. */
  readonly branch: string;
  readonly git: OwnGit;
  /** Whether git has a key here to sign with. */
  readonly signs: boolean;
}

/** @throws OmgError `elevated`, `no-team-here`, `team-invalid` */
export async function openWorkTree(ctx: Context): Promise<WorkTree> {
  refuseOthers(ctx);
  const folder = readRepository(ctx.cwd)?.root;
  const file = folder === undefined ? undefined : join(folder, TEAM_FOLDER, "team.toml");
  const text = file === undefined ? undefined : readIfPresent(file)?.toString("utf8");
  if (folder === undefined || file === undefined || text === undefined) throw noTeam(ctx.cwd);
  const { branch } = parseTeam(file, text);
  // Also where nobody set it up in this clone, and by this very omg.
  const driver = `${ownCommand(ctx).map(quoted).join(" ")} team merge-lock %O %A %B %P`;
  const plain = ownGit(folder, ctx.env, ctx.signal);
  const signs = ((await plain.setting("user.signingkey")) ?? "") !== "";
  const sign = signs ? ["commit.gpgsign=true"] : [];
  const git = ownGit(folder, ctx.env, ctx.signal, [`merge.omg-lock.driver=${driver}`, ...sign]);
  return { folder, branch, git, signs };
}

/**
 * What is pushed is the branch that is checked out: from another one, all that lies on it would come along.
 * @throws OmgError `nothing-committed`, `under-way`, `other-branch`
 */
export async function refuseOtherBranch({ git, branch }: WorkTree): Promise<void> {
  if ((await git.run(["rev-parse", "--verify", "--quiet", "HEAD"])).code !== 0)
    throw new OmgError({
      code: "nothing-committed",
      exit: "error",
      message: "Nothing is committed here yet.",
      state: "Nothing was changed.",
      hint: `\`git add --all && git commit -S && git push origin HEAD:${branch}\``,
    });
  for (const [name, what] of UNDER_WAY)
    if ((await git.run(["rev-parse", "--verify", "--quiet", name])).code === 0) throw underWay(what);
  const ran = await git.run(["symbolic-ref", "--quiet", "HEAD"]);
  if (ran.stdout.trim() === `refs/heads/${branch}`) return;
  const here = ran.code === 0 ? `the branch ${ran.stdout.trim().replace("refs/heads/", "")}` : "no branch";
  throw new OmgError({
    code: "other-branch",
    exit: "error",
    message: `This clone is on ${here}, and the team's is ${branch}.`,
    state: "Nothing was changed.",
    hint: `\`git switch ${branch}\` first; or have others look at it: omg team propose.`,
  });
}

const UNDER_WAY = [
  ["MERGE_HEAD", "merge"],
  ["CHERRY_PICK_HEAD", "cherry-pick"],
  ["REVERT_HEAD", "revert"],
] as const;

function underWay(what: string): OmgError {
  return new OmgError({
    code: "under-way",
    exit: "error",
    message: `A git ${what} is under way in this clone.`,
    state: "Nothing was changed.",
    hint: `Finish it (\`git ${what} --continue\`) or take it back (\`git ${what} --abort\`) first.`,
  });
}

/** A file at a commit, or of a stage of the index (`:1`); undefined where it is not there. */
export async function textAt(git: OwnGit, at: string, file: string): Promise<string | undefined> {
  const ran = await git.run(["show", `${at}:${file}`]);
  return ran.code === 0 ? ran.stdout : undefined;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function noTeam(folder: string): OmgError {
  return new OmgError({
    code: "no-team-here",
    exit: "error",
    message: `${folder} lies in no team's repository: there is no ${TEAM_FOLDER}/team.toml.`,
    state: "Nothing was changed.",
    hint: "Go to a clone of the team's repository, or begin one: omg team init.",
  });
}
