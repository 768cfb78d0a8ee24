import { OmgError } from "../schema/error.ts";
import type { Verdict } from "../schema/model/artifact.ts";
import type { Problem, Transaction } from "../schema/model/transaction.ts";
import { exitOfProblems } from "../schema/problems.ts";
import { decide } from "./refused.ts";
import type { World } from "./world.ts";

/**
 * The gate, with the bytes in hand. Nothing goes further while one rule is broken.
 * @throws OmgError `refused` with every violation
 */
export async function verify(transactions: readonly Transaction[], world: World): Promise<Verdict> {
  const verdict = await world.gate.judge(transactions);
  decide(world, verdict);
  return verdict;
}

export function refuseProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  throw new OmgError({
    code: problems.length === 1 ? (problems[0]?.code ?? "conflict") : "unresolvable",
    exit: exitOfProblems(problems),
    message:
      problems.length === 1
        ? "This lock cannot be applied here."
        : `This lock cannot be applied here, for ${problems.length} reasons.`,
    state: "Nothing was changed.",
    details: problems.map((problem) => `${problem.address}: ${problem.message} ${problem.hint}`),
  });
}
