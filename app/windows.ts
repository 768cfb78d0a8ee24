import { OmgError } from "../schema/error.ts";
import type { Window } from "../schema/model/window.ts";
import type { Context } from "./context.ts";
import { policiesOf } from "./policies.ts";

/**
 * The windows of every policy that counts for a lock: the machine's, the one beside it, and what that asked for before. None where a policy
 * cannot be read: then nothing is applied at all, and the apply says why.
 */
export async function policyWindows(ctx: Context, lockPath: string): Promise<readonly (readonly Window[])[]> {
  try {
    const { machine, repository, earlier = [] } = (await policiesOf(ctx, { path: lockPath, own: false })).policies;
    return [machine, repository, ...earlier].flatMap((file) =>
      file?.windows === undefined ? [] : [file.windows.value],
    );
  } catch (error) {
    if (error instanceof OmgError) return [];
    throw error;
  }
}
