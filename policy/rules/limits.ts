import type { Violation } from "../../schema/model/artifact.ts";
import type { RuleContext } from "./context.ts";

const NAMED = 10;

/** `[removals] max`: how much one plan may take away, whatever the reason. One violation for the plan. */
export function removalViolations({ policy, steps }: RuleContext): Violation[] {
  const rule = policy.removalsMax;
  const removals = steps.filter(({ kind }) => kind === "remove" || kind === "purge");
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
    },
  ];
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
