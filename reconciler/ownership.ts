import type { Base } from "../schema/model/base.ts";
import type { Change } from "../schema/model/change.ts";
import type { Address, Attributes, Observed } from "../schema/model/resource.ts";
import type { Step, Transaction } from "../schema/model/transaction.ts";

type Owned = Base["owned"];

/** Ownership once every step is done: what was installed is omg's, what was removed is nobody's, what was asked for and is kept because others need it is given up. */
export function ownedAfter(owned: Owned, transactions: readonly Transaction[], changes: readonly Change[]): Owned {
  const steps = transactions.flatMap((transaction) => transaction.steps);
  const released = new Set(releasedBy(owned, transactions, changes));
  const kept = Object.entries(owned).filter(([address]) => !released.has(address as Address));
  return steps.reduce<Owned>(applyStep, Object.fromEntries(kept));
}

/** Things that left the lock, and stay because something else on the machine needs them. Dependencies stay omg's to tidy up. */
function releasedBy(
  owned: Owned,
  transactions: readonly Transaction[],
  changes: readonly Change[],
): readonly Address[] {
  const moved = new Set(transactions.flatMap((transaction) => transaction.steps.map((step) => step.address)));
  return changes
    .filter(
      (change) => change.onlyIfUnneeded === true && !moved.has(change.address) && owned[change.address]?.auto !== true,
    )
    .map((change) => change.address);
}

/** Ownership after a run that was cut off: only what is really so counts. */
export function ownedSoFar(owned: Owned, steps: readonly Step[], observed: ReadonlyMap<string, Observed>): Owned {
  return steps.filter((step) => holds(step, observed)).reduce<Owned>(applyStep, owned);
}

/** Whether the machine is as the step leaves it. */
export function holds(step: Step, observed: ReadonlyMap<string, Observed>): boolean {
  const found = observed.get(step.provider)?.resources.get(step.name);
  if (step.after === null) return found === undefined || (found.health === "residual" && step.kind === "remove");
  if (found?.health !== "installed") return false;
  return Object.entries(step.after).every(([key, value]) => found.attributes[key] === value);
}

function applyStep(owned: Owned, step: Step): Owned {
  const { [step.address]: present, ...others } = owned;
  if (step.after === null) return others;
  if (step.kind === "install") return { ...others, [step.address]: step.after };
  return present === undefined
    ? owned
    : { ...others, [step.address]: { ...present, ...step.after } satisfies Attributes };
}
