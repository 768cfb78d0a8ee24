import { withoutCredentials } from "../../host/address.ts";
import { lastLines } from "../../host/git.ts";
import { OmgError } from "../../schema/error.ts";
import type { WorkTree } from "./work-tree.ts";

/**
 * Fetches the team's branch.
 * @returns the newest commit
 * @throws OmgError `no-remote`, `no-such-branch`, `repository-unreachable`
 */
export async function fetchedTip({ git, branch }: WorkTree): Promise<string> {
  const url = await git.setting("remote.origin.url");
  if (url === undefined) throw noRemote();
  const reference = `refs/heads/${branch}`;
  const ran = await git.run(["fetch", "--quiet", "origin", reference]);
  if (ran.code === 0) {
    const tip = await git.run(["rev-parse", "--verify", "--quiet", "FETCH_HEAD"]);
    if (tip.code === 0) return tip.stdout.trim();
    throw notWrittenDown(ran.stderr);
  }
  const address = withoutCredentials(url);
  // The server was reached, and has other branches or none.
  const listed = await git.run(["ls-remote", "--quiet", "origin", reference]);
  if (listed.code === 0 && listed.stdout.trim() === "") throw noBranch(address, branch);
  throw new OmgError({
    code: "repository-unreachable",
    exit: "unreachable",
    message: `${address} could not be fetched.`,
    details: lastLines(ran.stderr),
    state: "Nothing was committed.",
  });
}

/** On a full disk git says that it fetched, and has not written what. */
function notWrittenDown(stderr: string): OmgError {
  return new OmgError({
    code: "git-failed",
    exit: "error",
    message: "git fetched, and did not write down what.",
    details: lastLines(stderr),
    state: "Nothing was committed.",
    hint: "Look at whether the clone's disk is full.",
  });
}

function noRemote(): OmgError {
  return new OmgError({
    code: "no-remote",
    exit: "error",
    message: "This clone has no remote called `origin`.",
    state: "Nothing was committed.",
    hint: "`git remote add origin ADDRESS`",
  });
}

function noBranch(address: string, branch: string): OmgError {
  return new OmgError({
    code: "no-such-branch",
    exit: "error",
    message: `${address} has no branch ${branch}, which .omg/team.toml says the team's machines follow.`,
    state: "Nothing was committed.",
    hint: `Where the team is new: commit what \`omg team init\` wrote, and \`git push origin HEAD:${branch}\`.`,
  });
}
