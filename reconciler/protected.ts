import type { Verdict, Violation } from "../schema/model/artifact.ts";
import type { Change } from "../schema/model/change.ts";
import type { Observed } from "../schema/model/resource.ts";
import type { Step, Transaction } from "../schema/model/transaction.ts";

// Some things are not removed whatever a lock, a policy or a flag says: what the machine cannot start, repair itself or run omg
// without. Solvers agree or not; nobody asks them.

/** Removals of protected things that are asked for, as steps that will be refused; no solver needs to see them. Pure. */
export function protectedRemovals(changes: readonly Change[], observed: Observed): readonly Step[] {
  return changes.flatMap((change): Step[] => {
    const protectedBy = observed.resources.get(change.name)?.protectedBy;
    if (change.after !== null || change.before === null || protectedBy === undefined) return [];
    const { address, provider, name, kind, cause, before } = change;
    return [
      {
        ...{ address, provider, name, kind, cause, before, after: null, protectedBy },
        undo: { possible: false, reason: "it is never done" },
      },
    ];
  });
}

/** Adds a violation for every step that would remove something protected. Pure. */
export function withProtection(verdict: Verdict, transactions: readonly Transaction[]): Verdict {
  const violations = transactions.flatMap((transaction) => transaction.steps).flatMap(violationOf);
  return { ...verdict, violations: [...violations, ...verdict.violations] };
}

function violationOf(step: Step): Violation[] {
  if (step.protectedBy === undefined) return [];
  const why = step.because === undefined ? "" : ` because of ${step.because}`;
  return [
    {
      address: step.address,
      rule: "protected",
      file: "built-in",
      message: `${step.name} would be removed${why}, and the machine depends on it: ${step.protectedBy}.`,
      remedy: "Change the lock so that it can stay. No option overrides this.",
    },
  ];
}
