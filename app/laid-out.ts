import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { readRepository } from "../host/git-head.ts";
import { OmgError } from "../schema/error.ts";

/**
 * Lies beside the files of a commit that omgd laid out, where no file of a repository can: which artifacts the lock names on this
 * machine's platform, as hex SHA-256, one a line.
 */
export const ARTIFACTS = ".git/omg-artifacts";

/**
 * Refuses to write a lock that lies there because a commit of the followed repository has it: nobody signed what would be in it then.
 * @throws OmgError `lock-followed`
 */
export function refuseLaidOut(path: string): void {
  const root = readRepository(dirname(path))?.root;
  if (root === undefined || !existsSync(join(root, ARTIFACTS))) return;
  throw new OmgError({
    code: "lock-followed",
    exit: "refused",
    message: `${path} is what a commit of the followed repository says, and is not edited here.`,
    state: "Nothing was changed.",
    hint: "Change omg.lock in a clone of the repository, commit it signed, and push: omgd follows.",
  });
}
