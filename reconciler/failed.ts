import { OmgError } from "../schema/error.ts";
import type { Step } from "../schema/model/transaction.ts";
import { incomplete } from "./incomplete.ts";
import type { Entry } from "./log.ts";
import { note } from "./note.ts";
import { observe } from "./observe.ts";
import { holds, untouched } from "./ownership.ts";
import type { ScopeWork } from "./work.ts";
import type { ScopeWorld, World } from "./world.ts";

/**
 * Says what is true after an apply that broke off. Where nothing moved, its intent is closed. Otherwise it stays open: the next
 * run repairs what is half done, sets the marks that were not reached, and writes down what omg owns by then.
 * @returns the error to end with
 */
export async function failed(
  world: World,
  scope: ScopeWorld,
  work: ScopeWork,
  intent: Entry,
  cause: unknown,
): Promise<OmgError> {
  const steps = work.transactions.flatMap((transaction) => transaction.steps);
  const truth = await truthAbout(world, scope, steps);
  const message = cause instanceof Error ? cause.message : String(cause);
  const closes = truth.untouched ? { closes: intent.hash } : { fails: intent.hash };
  note(world, scope, "apply.failed", intent.subject, {
    ...closes,
    ...(cause instanceof OmgError ? { code: cause.code } : {}),
    message,
    done: truth.done,
    of: steps.length,
  });
  return truth.untouched ? nothingChanged(message, cause) : partlyApplied(message, truth.state, cause);
}

interface Truth {
  readonly untouched: boolean;
  readonly done: readonly string[];
  readonly state: string;
}

/** A machine that cannot be read now is not called untouched. */
async function truthAbout(world: World, scope: ScopeWorld, steps: readonly Step[]): Promise<Truth> {
  try {
    const observed = await observe(world, undefined, scope.scope);
    const broken = await incomplete(scope, steps);
    const done = steps
      .filter((step) => holds(step, observed) && !broken.includes(step.address))
      .map(({ address }) => address);
    const missing = broken.length === 0 ? "" : ` Files of ${broken.join(", ")} are missing or have other bytes.`;
    const state = `${done.length} of ${steps.length} steps are done.${missing}`;
    return { untouched: steps.every((step) => untouched(step, observed)), done, state };
  } catch {
    return { untouched: false, done: [], state: "How far it got could not be read." };
  }
}

function nothingChanged(message: string, cause: unknown): OmgError {
  const known = cause instanceof OmgError && cause.code !== "operation-failed" ? cause : undefined;
  return new OmgError({
    code: known?.code ?? "apply-failed",
    exit: known === undefined || known.exit === "partly" ? "error" : known.exit,
    message,
    state: "Nothing was changed.",
    hint:
      known?.hint ??
      "Mend what is named above, then run `omg apply` again; or take the package out of the lock. `omg doctor` names what is half done on this machine.",
    details: cause instanceof OmgError ? cause.details : [],
    cause,
  });
}

function partlyApplied(message: string, state: string, cause: unknown): OmgError {
  return new OmgError({
    code: "partly-applied",
    exit: "partly",
    message,
    state,
    hint: "Run `omg apply` again: it repairs what is half done and goes on from what is true.",
    details: cause instanceof OmgError ? cause.details : [],
    cause,
  });
}
