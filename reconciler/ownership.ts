import type { Base } from "../schema/model/base.ts";
import type { Change } from "../schema/model/change.ts";
import type { Address, Observed, ObservedResource } from "../schema/model/resource.ts";
import type { Step } from "../schema/model/transaction.ts";
import { takenOver } from "./prune.ts";

type Owned = Base["owned"];

/** The part of a step that says what becomes of a resource. */
export type Move = Pick<Step, "address" | "provider" | "name" | "kind" | "before" | "after">;

export interface OwnershipInput {
  readonly owned: Owned;
  readonly steps: readonly Move[];
  /** The changes that the lock asked for. */
  readonly changes: readonly Change[];
  /** What the lock wants, as addresses. */
  readonly wanted: ReadonlySet<Address>;
  readonly elsewhere: ReadonlySet<Address>;
  /** The machine before the steps. */
  readonly observed: ReadonlyMap<string, Observed>;
}

/** Ownership once every step is done: what was installed is omg's, and what was removed, lost or taken over is not any more. */
export function ownedAfter(input: OwnershipInput): Owned {
  const kept = Object.entries(input.owned).filter(([address]) => !givenUp(input, address as Address));
  return input.steps.reduce<Owned>(applyMove, Object.fromEntries(kept));
}

function givenUp({ owned, steps, changes, wanted, elsewhere, observed }: OwnershipInput, address: Address): boolean {
  if (wanted.has(address)) return false;
  const dot = address.indexOf(".");
  const machine = observed.get(address.slice(0, dot));
  if (machine === undefined) return false;
  const found = machine.resources.get(address.slice(dot + 1));
  if (found === undefined || isAbsent(found) || elsewhere.has(address) || takenOver(owned[address], found)) return true;
  // Asked for by name once, and kept because something else needs it. A dependency stays omg's to tidy up.
  const kept = changes.some((change) => change.address === address && change.onlyIfUnneeded === true);
  return kept && owned[address]?.auto !== true && !steps.some((step) => step.address === address);
}

/** Ownership after a run that was cut off: what has come is omg's, however far it got, and what is gone is nobody's. */
export function ownedSoFar(owned: Owned, steps: readonly Move[], observed: ReadonlyMap<string, Observed>): Owned {
  const begun = steps.filter((step) => {
    const found = observed.get(step.provider)?.resources.get(step.name);
    if (step.after === null) return isAbsent(found);
    return step.kind === "install" ? step.before === null && !isAbsent(found) : holds(step, observed);
  });
  return begun.reduce<Owned>(applyMove, owned);
}

/** Whether the machine is as the step leaves it. */
export function holds(step: Move, observed: ReadonlyMap<string, Observed>): boolean {
  const found = observed.get(step.provider)?.resources.get(step.name);
  if (step.after === null) return found === undefined || (found.health === "residual" && step.kind === "remove");
  return found?.health === "installed" && hasAll(found, step.after);
}

/** Whether the machine is as the step found it. */
export function untouched(step: Move, observed: ReadonlyMap<string, Observed>): boolean {
  const found = observed.get(step.provider)?.resources.get(step.name);
  if (step.before === null) return isAbsent(found);
  return found !== undefined && found.health !== "residual" && hasAll(found, step.before);
}

function hasAll(found: ObservedResource, attributes: NonNullable<Step["after"]>): boolean {
  return Object.entries(attributes).every(([key, value]) => found.attributes[key] === value);
}

function isAbsent(found: ObservedResource | undefined): boolean {
  return found === undefined || found.health === "residual";
}

function applyMove(owned: Owned, step: Move): Owned {
  const { [step.address]: present, ...others } = owned;
  if (step.after === null) return others;
  if (step.kind === "install") return { ...others, [step.address]: step.after };
  return present === undefined ? owned : { ...others, [step.address]: { ...present, ...step.after } };
}
