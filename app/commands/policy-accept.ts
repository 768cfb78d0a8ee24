import { OmgError } from "../../schema/error.ts";
import { accept } from "../accepting.ts";
import type { Context, Selection } from "../context.ts";
import { policiesInReach } from "../policies-in-reach.ts";
import type { PolicyAcceptResult } from "../policy-results.ts";

export interface PolicyAcceptOptions extends Selection {
  readonly yes?: boolean;
}

/** Lets the policy beside the lock count as it is now, though it asks for less than when it was last applied here. */
export async function policyAccept(ctx: Context, options: PolicyAcceptOptions): Promise<PolicyAcceptResult> {
  const judging = await policiesInReach(ctx, options);
  const { held, path } = judging;
  if (held === undefined) return { path, loosenings: [], outcome: "nothing" };
  const { loosenings } = held;
  if (options.yes !== true && !(await ask(ctx, path, loosenings))) return { path, loosenings, outcome: "declined" };
  await accept(ctx, judging);
  return { path, loosenings, outcome: "accepted" };
}

async function ask(ctx: Context, path: string, loosenings: PolicyAcceptResult["loosenings"]): Promise<boolean> {
  if (ctx.accept !== undefined) return ctx.accept(path, loosenings);
  throw new OmgError({
    code: "no-consent",
    exit: "consent",
    message: "There is nobody to ask whether this policy may be accepted.",
    state: "The earlier one counts on.",
    hint: "Look at it with `omg policy show`, then give --yes.",
  });
}
