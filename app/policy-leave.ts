import { OmgError } from "../schema/error.ts";
import type { PolicyFile } from "../schema/model/policy.ts";
import type { Purpose, Window } from "../schema/model/window.ts";
import type { Context } from "./context.ts";
import { policiesOf } from "./policies.ts";

/** What policies leave to omgd: when it may begin, each list by itself, and what it may only report. */
export interface Leave {
  readonly windows: readonly (readonly Window[])[];
  readonly reportOnly: readonly Purpose[];
}

/**
 * What every policy that counts for a lock leaves: the machine's, the one beside it, and what that asked for before. Everything where a policy
 * cannot be read: then nothing is applied at all, and the apply says why.
 */
export async function policyLeave(ctx: Context, lockPath: string): Promise<Leave> {
  const files = await policyFiles(ctx, lockPath);
  const says = (pick: (file: PolicyFile) => unknown) => files.some((file) => pick(file) === "report");
  return {
    windows: files.flatMap((file) => (file.windows === undefined ? [] : [file.windows.value])),
    reportOnly: [
      ...(says((file) => file.driftMode?.value) ? (["drift"] as const) : []),
      ...(says((file) => file.rollForwardMode?.value) ? (["roll-forward"] as const) : []),
    ],
  };
}

async function policyFiles(ctx: Context, lockPath: string): Promise<readonly PolicyFile[]> {
  try {
    const { machine, repository, earlier = [] } = (await policiesOf(ctx, { path: lockPath, own: false })).policies;
    return [machine, repository, ...earlier].filter((file) => file !== undefined);
  } catch (error) {
    if (error instanceof OmgError) return [];
    throw error;
  }
}
