import type { Artifact } from "../../schema/model/artifact.ts";
import type { Change } from "../../schema/model/change.ts";
import type { Observed } from "../../schema/model/resource.ts";
import type { Problem, Step, Transaction } from "../../schema/model/transaction.ts";
import type { Unpacking } from "./operations.ts";

/** One change as it would be done: a step with all that it needs, or why there is none. */
export interface Settled {
  readonly step?: Step;
  readonly artifact?: Artifact;
  readonly unpacking?: Unpacking;
  readonly problem?: Problem;
  readonly note?: string;
}

/** What comes of all changes together. */
export function collected(provider: string, settled: readonly Settled[]): Transaction {
  const unpacking = settled.flatMap(({ step, unpacking: each }) =>
    step === undefined || each === undefined ? [] : [[step.name, JSON.stringify(each)] as const],
  );
  return {
    provider,
    steps: settled.flatMap(({ step }) => step ?? []),
    artifacts: settled.flatMap(({ artifact }) => artifact ?? []),
    problems: settled.flatMap(({ problem }) => problem ?? []),
    notes: settled.flatMap(({ note }) => note ?? []),
    ...(unpacking.length === 0 ? {} : { payload: Object.fromEntries(unpacking) }),
  };
}

/**
 * A request that is not pinned may be answered by what would go: then it stays, and is nobody's.
 * @param isIt whether a resource is what would go, by its name and version
 */
export function leaving(
  change: Change,
  observed: Observed,
  isIt: (name: string, version: unknown) => boolean = (_, version) => version === change.name,
): Settled {
  const answered = [...observed.resources].find(
    ([name, { attributes }]) => name !== change.name && isIt(name, attributes.version),
  );
  if (answered !== undefined)
    return { note: `${change.address} stays: it answers the request ${answered[0]}, which is not pinned.` };
  return { step: stepOf(change), note: `${change.address} goes: no lock that was applied here asks for it any more.` };
}

export function stepOf({ address, provider, name, kind, cause, before, after, sha256 }: Change): Step {
  return {
    address,
    provider,
    name,
    kind,
    cause,
    before,
    after,
    ...(sha256 === undefined || after === null || kind === "modify" ? {} : { sha256 }),
    undo: { possible: true },
  };
}
