import { OmgError } from "../schema/error.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { HOOK_REASONS, HOOK_REFUSAL } from "../schema/wire/hook.ts";
import type { World } from "./world.ts";

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
  if (violations.length > 0) {
    return otherBytes(
      violations.map(({ address, message }) => `${address}: ${message}`),
      cause,
    );
  }
  const at = cause.details.findIndex((line) => line.startsWith(HOOK_REFUSAL));
  const told = at < 0 ? [] : cause.details.slice(at).filter((line) => line.startsWith("omg:"));
  const [reason] = told;
  if (reason?.includes(HOOK_REASONS.bytes)) return otherBytes(told, cause);
  return reason?.includes(HOOK_REASONS.changes) ? otherChanges(told, cause) : cause;
}

function otherBytes(details: readonly string[], cause: OmgError): OmgError {
  return new OmgError({
    code: "changed-after-verification",
    exit: "refused",
    message: "What was about to be installed is not what was verified.",
    hint: "Somebody or something changes omg's own files while it works: find out who before trying again. What is named above has to go first.",
    details,
    cause,
  });
}

function otherChanges(details: readonly string[], cause: OmgError): OmgError {
  return new OmgError({
    code: "machine-moved",
    exit: "stale",
    message: "The package manager was about to make other changes than planned: the machine is not as it was then.",
    hint: "Run the command again: it plans from what is there now.",
    details,
    cause,
  });
}
