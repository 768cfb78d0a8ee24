import type { Violation } from "../../schema/model/artifact.ts";
import type { Step } from "../../schema/model/transaction.ts";
import { covers, type RuleContext } from "./context.ts";

const NAMED = 10;

/** `[removals]`: how much may go, and what may not. */
export function removalViolations(context: RuleContext): Violation[] {
  return [...tooMany(context), ...denied(context)];
}

/** `max`: how much one plan may take away, whatever the reason. One violation for the plan. */
function tooMany({ policy, steps }: RuleContext): Violation[] {
  const rule = policy.removalsMax;
  const removals = steps.filter(takesAway);
  const first = removals[0];
  if (rule === undefined || first === undefined || removals.length <= rule.value) return [];
  const names = removals.slice(0, NAMED).map(({ address }) => address);
  const more = removals.length > NAMED ? ` and ${removals.length - NAMED} more` : "";
  return [
    {
      address: first.address,
      rule: "removals.max",
      file: rule.file,
      ...(rule.line === undefined ? {} : { line: rule.line }),
      message: `${removals.length} would be removed, and ${rule.value} may be: ${names.join(", ")}${more}.`,
      remedy: "Remove them in smaller parts, or keep in the lock what should stay.",
      addresses: removals.map(({ address }) => address),
    },
  ];
}

/** `deny`: names that stay, whoever wants them gone. */
function denied({ policy, steps }: RuleContext): Violation[] {
  return policy.removalsDeny.flatMap((rule) =>
    steps
      .filter((step) => takesAway(step) && covers(rule.value, step))
      .map(({ address, kind, because }) => ({
        address,
        rule: "removals.deny",
        file: rule.file,
        ...(rule.line === undefined ? {} : { line: rule.line }),
        message: `The ${kind === "purge" ? "purge" : "removal"} of ${address}${because === undefined ? "" : ` because of ${because}`}: it may not be removed.`,
        remedy: "Keep it in the lock, or change what drives it out.",
      })),
  );
}

function takesAway({ kind }: Step): boolean {
  return kind === "remove" || kind === "purge";
}

/** `[undo] required`: every step must have a way back. */
export function undoViolations({ policy, steps }: RuleContext): Violation[] {
  const rule = policy.undoRequired;
  if (rule === undefined) return [];
  return steps.flatMap(({ address, kind, undo }) =>
    undo.possible
      ? []
      : [
          {
            address,
            rule: "undo.required",
            file: rule.file,
            ...(rule.line === undefined ? {} : { line: rule.line }),
            message: `The ${kind} of ${address} could not be undone: ${undo.reason}`,
            remedy: "Leave it out of this plan, or bring what the way back needs into the store first.",
          },
        ],
  );
}
