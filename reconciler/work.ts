import { digestOf } from "../host/canonical-json.ts";
import type { Verdict } from "../schema/model/artifact.ts";
import type { Base } from "../schema/model/base.ts";
import type { LockIdentity, Wanted } from "../schema/model/desired.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { Address, Observed } from "../schema/model/resource.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { elsewhereOf } from "./compare.ts";
import { ownedByThen, wantedByThen } from "./generation-goal.ts";
import { ownedAfter } from "./ownership.ts";
import type { Request, ScopeWorld, World } from "./world.ts";

export interface WorkInput {
  readonly world: World;
  readonly scope: ScopeWorld;
  readonly request: Request;
  readonly plan: Plan;
  /** As they are after the fetch. */
  readonly transactions: readonly Transaction[];
  readonly verdict: Verdict;
  /** The machine that the plan was made for. */
  readonly observed: ReadonlyMap<string, Observed>;
}

/** One scope's share of a plan, with its bytes verified. */
export interface ScopeWork {
  readonly transactions: readonly Transaction[];
  readonly verdict: Verdict;
  /** The base before, and as it will be. */
  readonly before: Base | undefined;
  readonly after: Base;
}

/** One scope's share of a plan; absent when neither the machine nor what omg remembers of it would change. */
export function workOf(input: WorkInput): ScopeWork | undefined {
  const { world, scope, request, transactions, verdict } = input;
  if (request.goal.type === "generation" && request.goal.scope !== scope.scope) return undefined;
  const names = new Set(scope.providers.map((provider) => provider.name));
  const own = transactions.filter((transaction) => names.has(transaction.provider));
  const before = scope.bases.read(world.binding.lock);
  const after = baseAfter(input, own, before);
  const acts = own.some((transaction) => transaction.steps.length > 0);
  if (!acts && digestOf(remembered(before)) === digestOf(remembered(after))) return undefined;
  const judgements = verdict.judgements.filter(({ address }) => names.has(address.slice(0, address.indexOf("."))));
  return { transactions: own, verdict: { ...verdict, judgements }, before, after };
}

/** A base without its number. No base and an empty one are the same. */
function remembered(base: Base | undefined): unknown {
  return { wanted: base?.wanted ?? [], owned: base?.owned ?? {}, held: base?.held };
}

/** A clone somewhere may have other bytes than what was applied: neither of them is what this machine goes forward to by itself. */
function heldAfter({ log }: ScopeWorld, { binding }: Plan, generation: number): NonNullable<Base["held"]> {
  const { lock, lockDigest } = binding;
  const last = log.recent().findLast(({ event, data }) => event === "apply.intent" && isOfLock(data, lock));
  const tried = last?.data.lockDigest;
  return { generation, lockDigest, ...(typeof tried === "string" && { tried }) };
}

function isOfLock({ goal, lock }: Readonly<Record<string, unknown>>, own: LockIdentity): boolean {
  return (goal as Partial<Request["goal"]> | undefined)?.type === "lock" && digestOf(lock) === digestOf(own);
}

function baseAfter(input: WorkInput, own: readonly Transaction[], before: Base | undefined): Base {
  const { world, scope, request, plan } = input;
  const { goal } = request;
  return {
    lock: world.binding.lock,
    generation: Math.max(scope.generations.latest(), 0) + 1,
    wanted:
      goal.type === "generation" ? wantedByThen(scope, world.binding.lock, goal.number) : wantedAfter(input, before),
    owned:
      goal.type === "generation" ? ownedAfterRollback(input, goal.number, own) : ownedAfterApply(input, own, before),
    ...(goal.type === "generation" ? { held: heldAfter(scope, plan, goal.number) } : {}),
  };
}

function ownedAfterApply(input: WorkInput, own: readonly Transaction[], before: Base | undefined): Base["owned"] {
  const { world, scope, plan, observed } = input;
  return ownedAfter({
    owned: before?.owned ?? {},
    steps: own.flatMap(({ steps }) => steps),
    changes: plan.diff.changes,
    wanted: new Set(wantedAfter(input, before).map(({ provider, name }): Address => `${provider}.${name}`)),
    elsewhere: elsewhereOf(world, scope),
    observed,
  });
}

/** What was omg's then is omg's again, as far as it is there. What comes back for somebody else stays theirs. */
function ownedAfterRollback(
  { world, scope, observed }: WorkInput,
  number: number,
  own: readonly Transaction[],
): Base["owned"] {
  const steps = own.flatMap((transaction) => transaction.steps);
  const gone = new Set(steps.filter((step) => step.after === null).map(({ address }) => address));
  const come = new Set(steps.filter((step) => step.after !== null).map(({ address }) => address));
  const isThere = (address: Address) => {
    const dot = address.indexOf(".");
    const found = observed.get(address.slice(0, dot))?.resources.get(address.slice(dot + 1));
    return come.has(address) || (found !== undefined && found.health !== "residual" && !gone.has(address));
  };
  const owned = Object.entries(ownedByThen(scope, world.binding.lock, number));
  return Object.fromEntries(owned.filter(([address]) => isThere(address as Address)));
}

/** What the run did not look at stays as it was. */
function wantedAfter({ world, scope }: WorkInput, before: Base | undefined): readonly Wanted[] {
  const own = new Set(scope.providers.map((provider) => provider.name));
  const looked = world.desired.filter((desired) => own.has(desired.provider) && desired.silent !== true);
  const names = new Set(looked.map((desired) => desired.provider));
  return [
    ...(before?.wanted ?? []).filter((wanted) => !names.has(wanted.provider)),
    ...looked.flatMap((desired) => desired.wanted),
  ];
}
