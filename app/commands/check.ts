import { heldAt } from "../../reconciler/held.ts";
import { interruptions } from "../../reconciler/observe.ts";
import { reconcile } from "../../reconciler/reconcile.ts";
import type { Context, Selection } from "../context.ts";
import type { CheckResult } from "../results.ts";
import { prepare } from "../run.ts";

export interface CheckOptions extends Selection {
  readonly locked?: boolean;
}

/** Compares this machine with its lock. Wakes no solver, changes nothing, and writes no log. */
export async function check(ctx: Context, options: CheckOptions): Promise<CheckResult> {
  const { world, found } = await prepare(ctx, options);
  const { diff, observed } = await reconcile(world, {
    goal: { type: "lock" },
    until: "diff",
    allowDowngrades: false,
    consent: async () => undefined,
  });
  const open = world.scopes
    .filter((scope) => scope.log.open() !== undefined)
    .map((scope) => `An apply of the ${scope.scope} scope was cut off; the next \`omg apply\` finishes it.`);
  const interrupted = [...open, ...interruptions(observed)];
  const held = world.scopes.map((scope) => heldAt(world, scope)).find((generation) => generation !== undefined);
  return {
    inSync: diff.changes.length === 0 && diff.unreadable.length === 0 && interrupted.length === 0,
    diff,
    lock: { ...found.identity, path: found.lock.path, ...(found.commit === undefined ? {} : { commit: found.commit }) },
    ...(held === undefined ? {} : { heldAt: held }),
    interrupted,
    notes: world.desired.flatMap((desired) => desired.notes),
  };
}
