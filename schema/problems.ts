import type { ExitName } from "./error.ts";
import type { Problem } from "./model/transaction.ts";

/** How a run ends that problems stop: bytes that contradict the signed index are refused, a lock that says too little is invalid, all else cannot be done. Pure. */
export function exitOfProblems(problems: readonly Pick<Problem, "code">[]): ExitName {
  const has = (wanted: Problem["code"]) => problems.some(({ code }) => code === wanted);
  return has("lock-index-disagree") ? "refused" : has("unpinned") ? "invalid" : "error";
}
