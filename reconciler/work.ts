import { digestOf } from "../host/canonical-json.ts";
import type { Verdict } from "../schema/model/artifact.ts";
import type { Base } from "../schema/model/base.ts";
import type { Wanted } from "../schema/model/desired.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { ownedAfter } from "./ownership.ts";
import type { Request, ScopeWorld, World } from "./world.ts";

/** One scope's share of a plan, with its bytes verified. */
export interface ScopeWork {
  readonly transactions: readonly Transaction[];
  readonly verdict: Verdict;
  /** The base before, and as it will be. */
  readonly before: Base | undefined;
  readonly after: Base;
}

/** One scope's share of a plan; absent when neither the machine nor what omg remembers of it would change. */
export function divide(
  world: World,
  scope: ScopeWorld,
  request: Request,
  plan: Plan,
  transactions: readonly Transaction[],
  verdict: Verdict,
): ScopeWork | undefined {
  if (request.goal.type === "generation" && request.goal.scope !== scope.scope) return undefined;
  const names = new Set(scope.providers.map((provider) => provider.name));
  const own = transactions.filter((transaction) => names.has(transaction.provider));
  const before = scope.bases.read(world.binding.lock);
  const after = baseAfter(world, scope, request, plan, own, before);
  const acts = own.some((transaction) => transaction.steps.length > 0);
  if (!acts && digestOf(remembered(before)) === digestOf(remembered(after))) return undefined;
  return {
    transactions: own,
    verdict: {
      ...verdict,
      judgements: verdict.judgements.filter((judgement) =>
        names.has(judgement.address.slice(0, judgement.address.indexOf("."))),
      ),
    },
    before,
    after,
  };
}

/** A base without its number. No base and an empty one are the same. */
function remembered(base: Base | undefined): unknown {
  return { wanted: base?.wanted ?? [], owned: base?.owned ?? {}, held: base?.held };
}

function baseAfter(
  world: World,
  scope: ScopeWorld,
  request: Request,
  plan: Plan,
  own: readonly Transaction[],
  before: Base | undefined,
): Base {
  const held =
    request.goal.type === "generation"
      ? { held: { generation: request.goal.number, lockDigest: plan.binding.lockDigest } }
      : {};
  return {
    lock: world.binding.lock,
    generation: Math.max(scope.generations.latest(), 0) + 1,
    wanted: wantedAfter(world, scope, request, before),
    owned: ownedAfter(before?.owned ?? {}, own, plan.diff.changes),
    ...held,
  };
}

/** What the run did not look at stays as it was. */
function wantedAfter(world: World, scope: ScopeWorld, request: Request, before: Base | undefined): readonly Wanted[] {
  if (request.goal.type === "generation") return scope.generations.read(request.goal.number).wanted;
  const own = new Set(scope.providers.map((provider) => provider.name));
  const looked = world.desired.filter((desired) => own.has(desired.provider));
  const names = new Set(looked.map((desired) => desired.provider));
  return [
    ...(before?.wanted ?? []).filter((wanted) => !names.has(wanted.provider)),
    ...looked.flatMap((desired) => desired.wanted),
  ];
}
