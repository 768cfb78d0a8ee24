import { resolve } from "node:path";
import { writeOwned } from "../../host/files.ts";
import { reconcile } from "../../reconciler/reconcile.ts";
import type { Context, Selection } from "../context.ts";
import { planDocument } from "../plan-document.ts";
import { planOf } from "../plan-of.ts";
import type { PlanResult } from "../results.ts";
import { prepare } from "../run.ts";

export interface PlanOptions extends Selection {
  /** File to keep the plan in, for `omg apply FILE`. */
  readonly out?: string;
  readonly locked?: boolean;
  readonly allowDowngrades?: boolean;
}

/** Says exactly what an apply would do. Changes nothing, and writes no log. */
export async function plan(ctx: Context, options: PlanOptions): Promise<PlanResult> {
  const { world, admit } = await prepare(ctx, options);
  const made = planOf(
    await reconcile(world, {
      goal: { type: "lock" },
      until: "plan",
      allowDowngrades: options.allowDowngrades ?? false,
      consent: async () => undefined,
    }),
  );
  admit(made);
  if (options.out === undefined) return { plan: made };
  const path = resolve(ctx.cwd, options.out);
  writeOwned(path, `${JSON.stringify(planDocument(made), undefined, 2)}\n`, 0o600);
  return { plan: made, savedTo: path };
}
