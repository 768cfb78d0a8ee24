import { join } from "node:path";
import type { Context } from "../../app/context.ts";
import { ARTIFACTS } from "../../app/laid-out.ts";
import type { Team } from "../../app/peers/exchange.ts";
import { withoutCredentials } from "../../host/address.ts";
import { readIfPresent } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import { foldersOf, type Settings } from "../settings.ts";
import { MEMBERS } from "../source/contents.ts";
import { treeOf } from "../source/point.ts";
import type { State } from "../state.ts";

/** The team as the newest commit has it, or why there is none. */
export interface FoundTeam extends Omit<Team, "word"> {
  readonly commit: string | undefined;
  readonly problem?: string;
}

const LARGEST = 4 << 20;

/**
 * Reads who is in the team, and what its lock names, of the newest commit that is believed and can be used. A list that cannot be read has no
 * members. A commit stays what it is: of the one that was read before, nothing is read again.
 */
export async function readTeam(
  ctx: Context,
  { repository }: Pick<Settings, "repository">,
  { newest, inForce }: Pick<State, "newest" | "inForce">,
  before: FoundTeam,
): Promise<FoundTeam> {
  const commit = newest?.problem === undefined ? (newest?.commit ?? inForce?.commit) : inForce?.commit;
  if (commit === before.commit && before.members.length > 0) return before;
  const none = { repository: withoutCredentials(repository), members: [], artifacts: new Set<string>(), commit };
  if (commit === undefined) return { ...none, problem: "no commit is believed yet" };
  const tree = treeOf(foldersOf(ctx), commit);
  const path = join(tree, MEMBERS);
  const text = readIfPresent(path, LARGEST)?.toString("utf8");
  if (text === undefined) return { ...none, problem: `the commit has no ${MEMBERS}` };
  try {
    const { parseMembers } = await import("../../schema/files/members.ts");
    const artifacts = readIfPresent(join(tree, ARTIFACTS), LARGEST)?.toString("latin1").split("\n") ?? [];
    return { ...none, members: parseMembers({ path, text }), artifacts: new Set(artifacts) };
  } catch (error) {
    if (!(error instanceof OmgError)) throw error;
    return { ...none, problem: `${MEMBERS} of the commit is not valid` };
  }
}
