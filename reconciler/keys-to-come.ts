import type { Plan } from "../schema/model/plan.ts";
import type { Address } from "../schema/model/resource.ts";

/** What a plan has to be carried out of by itself, because it brings keys that the signatures of other artifacts need. Pure. */
export function keysToCome({ verdict }: Pick<Plan, "verdict">): ReadonlySet<Address> {
  return new Set(waiting({ verdict }).map(({ from }) => from));
}

/** Enough to say what a plan is about. */
const FEW = 5;

/** What cannot be checked before that, for people. Pure. */
export function keyNotes(plan: Pick<Plan, "verdict">): readonly string[] {
  return [...keysToCome(plan)].map((from) => {
    const names = waiting(plan).flatMap(({ address, from: own }) => (own === from ? [nameIn(address)] : []));
    const more = names.length > FEW ? ` and ${names.length - FEW} more` : "";
    const brings = nameIn(from);
    return `signed by keys that do not count here yet: ${names.slice(0, FEW).join(", ")}${more}. ${brings} comes first, by itself; then they are checked by the keys that are here, and where one does not pass, ${brings} is all that was changed`;
  });
}

function nameIn(address: Address): string {
  return address.slice(address.indexOf(".") + 1);
}

function waiting({ verdict }: Pick<Plan, "verdict">): readonly { readonly address: Address; readonly from: Address }[] {
  return verdict.judgements.flatMap(({ address, evidence }) =>
    evidence.flatMap(({ facts }) => {
      const from = facts["keys-from"];
      return from === undefined ? [] : [{ address, from: from as Address }];
    }),
  );
}
