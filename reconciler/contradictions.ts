import type { Diff } from "../schema/model/change.ts";
import type { Observed, ObservedResource } from "../schema/model/resource.ts";
import type { Problem, Step } from "../schema/model/transaction.ts";

/**
 * What a solver's answer would do against the lock itself: steps after which the next run would want the same thing changed
 * again. A solver that is asked for one package may well take away another that the lock wants too. Pure.
 * @param before the machine as it is against the lock
 * @param after the machine as the steps would leave it against the lock
 */
export function contradictions(steps: readonly Step[], before: Diff, after: Diff): readonly Problem[] {
  const ahead = new Set<string>(before.ahead.map(({ address }) => address));
  const left = new Set<string>([
    ...after.changes.filter((change) => change.onlyIfUnneeded !== true).map(({ address }) => address),
    ...after.ahead.map(({ address }) => address).filter((address) => !ahead.has(address)),
  ]);
  return steps.filter(({ address }) => left.has(address)).map(problemOf);
}

/** What these steps touch, as they would leave it. */
export function projected(observed: Observed, steps: readonly Step[]): Observed {
  const resources = new Map<string, ObservedResource>();
  for (const { name, after } of steps)
    if (after !== null) resources.set(name, arrived(name, after, observed.resources.get(name)));
  return { ...observed, resources };
}

function arrived(
  name: string,
  attributes: NonNullable<Step["after"]>,
  found: ObservedResource | undefined,
): ObservedResource {
  return { name, requested: found?.requested ?? false, health: "installed", attributes };
}

function problemOf({ address, name, after, because }: Step): Problem {
  const reason = because === undefined ? "the rest of what it asks for" : because.slice(because.indexOf(".") + 1);
  const would = after === null ? "it would be removed" : `it would become ${after.version ?? "something else"}`;
  return {
    code: "conflict",
    address,
    message: `The lock wants ${name} as well, and because of ${reason} ${would}.`,
    hint: "Change the lock so that what it asks for can be there together; where only a pin is in the way, `omg lock` finds one that fits.",
  };
}
