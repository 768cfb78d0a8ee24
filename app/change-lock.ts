import { OmgError } from "../schema/error.ts";
import type { Plan } from "../schema/model/plan.ts";
import { asking, carryOut } from "./carry-out.ts";
import type { Context, Selection } from "./context.ts";
import { type EditedLock, editLock, type LockBefore, type Wish } from "./edited-lock.ts";
import { refreshShims } from "./here/shims.ts";
import type { EditResult } from "./results.ts";
import { prepareFor } from "./run.ts";

/** Options of every command that edits the lock and then applies it. */
export interface ChangeOptions extends Selection {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  /** Only edit and pin. */
  readonly noApply?: boolean;
  /** Going back to a version older than the installed one was asked for. */
  readonly allowDowngrades?: boolean;
}

/**
 * Edits and pins in memory, plans, asks once about all of it, then writes the lock and applies. Whatever stops it before the answer
 * leaves the lock as it was; once written, it stays.
 */
export async function changeLock(
  ctx: Context,
  options: ChangeOptions,
  before: LockBefore,
  wish: Wish,
): Promise<EditResult> {
  const edited = await editLock(ctx, options, before, wish);
  if (options.noApply === true) return writeOnly(edited, options.dryRun !== true);
  const { world, admit, judging } = await prepareFor(ctx, options, edited.found);
  const agree = asking(ctx, options.yes ?? false, edited.changes ? edited.editing : undefined);
  let written = false;
  const consent = async (plan: Plan) => {
    admit(plan);
    await agree(plan);
    await judging.remember();
    if (!edited.changes) return;
    await edited.write();
    written = true;
  };
  const until = options.dryRun === true ? "operations" : "end";
  const allowDowngrades = options.allowDowngrades ?? false;
  try {
    const apply = await carryOut(world, { goal: { type: "lock" }, until, allowDowngrades, consent });
    if (apply.outcome !== "shown") refreshShims(ctx);
    return { ...edited.editing, written, apply };
  } catch (cause) {
    throw written && cause instanceof OmgError ? keptEdit(cause, edited) : cause;
  }
}

/** The lock alone, as `omg lock` writes it. */
export async function writeOnly(edited: EditedLock, write: boolean): Promise<EditResult> {
  const written = write && edited.changes;
  if (written) await edited.write();
  return { ...edited.editing, written };
}

/** Whoever threw it could not know that the lock is another one by now. */
function keptEdit(error: OmgError, { editing }: EditedLock): OmgError {
  const { code, exit, message, state, hint, details, cause } = error;
  const machine = state === undefined || state === "Nothing was changed." ? "The machine was not changed." : state;
  return new OmgError({
    code,
    exit,
    message,
    state: `${machine} ${editing.path} stays as edited: \`omg apply\` tries again.`,
    ...(hint === undefined ? {} : { hint }),
    details,
    cause,
  });
}
