import { OmgError } from "../schema/error.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { HOOK_REFUSAL } from "../schema/wire/hook.ts";
import type { World } from "./world.ts";

const HINT =
  "Somebody or something changes omg's own files while it works: find out who before trying again. What is named above has to go first.";

/**
 * A package manager only says that it failed. Where the reason was that bytes are not any more what they were when they were
 * verified, or that it was about to do something else than planned, that is the error; otherwise `cause` itself.
 */
export async function refusalBehind(
  world: World,
  transactions: readonly Transaction[],
  cause: unknown,
): Promise<unknown> {
  if (!(cause instanceof OmgError) || cause.code !== "operation-failed") return cause;
  const { violations } = await world.gate.judge(transactions);
  const told = cause.details.findIndex((line) => line.startsWith(HOOK_REFUSAL));
  if (violations.length === 0 && told < 0) return cause;
  return new OmgError({
    code: "changed-after-verification",
    exit: "refused",
    message: "What was about to be installed is not what was verified.",
    hint: HINT,
    details:
      violations.length > 0
        ? violations.map(({ address, message }) => `${address}: ${message}`)
        : cause.details.slice(told).filter((line) => line.startsWith("omg:")),
    cause,
  });
}
