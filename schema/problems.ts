import type { ExitName } from "./error.ts";
import type { Problem } from "./model/transaction.ts";

/** How a run ends that problems stop: bytes that contradict the signed index are refused, all else cannot be done. Pure. */
export function exitOfProblems(problems: readonly Pick<Problem, "code">[]): ExitName {
  return problems.some(({ code }) => code === "lock-index-disagree") ? "refused" : "error";
}
