import { join } from "node:path";
import { digestOf } from "../host/canonical-json.ts";
import type { Diff } from "../schema/model/change.ts";
import type { Desired } from "../schema/model/desired.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { ResolveOptions } from "../schema/model/provider.ts";
import type { Observed } from "../schema/model/resource.ts";
import type { Operation, Transaction } from "../schema/model/transaction.ts";
import { compareScope } from "./compare.ts";
import { contradictions, projected } from "./contradictions.ts";
import { planNotes } from "./plan-notes.ts";
import { protectedRemovals, withProtection } from "./protected.ts";
import { providersOf, type Request, type ScopeWorld, type World } from "./world.ts";

/** Asks the solvers and the gate, and puts the answers together as a value. Nothing is fetched, nothing changes. */
export async function makePlan(
  world: World,
  request: Request,
  diff: Diff,
  observed: ReadonlyMap<string, Observed>,
): Promise<Plan> {
  const solving = resolveAll(world, request, diff, observed);
  const [transactions, providers] = await Promise.all([solving, meanwhile(() => fingerprints(world))]);
  const verdict = withProtection(await world.gate.foresee(transactions), transactions);
  const binding = { ...world.binding, providers };
  const steps = transactions.flatMap((transaction) => transaction.steps);
  return {
    time: world.now().toISOString(),
    goal: request.goal,
    binding,
    diff,
    steps,
    transactions,
    problems: transactions.flatMap((transaction) => transaction.problems),
    verdict,
    notes: planNotes(world, request.goal, observed, transactions, verdict),
    digest: digestOf({ goal: request.goal, binding, transactions, operations: operationsOf(world, transactions) }),
  };
}

/** The part of a plan that concerns one scope, as two sides of the root boundary compare it. */
export function scopeDigest(scope: ScopeWorld, plan: Plan): string {
  const names = new Set(scope.providers.map((provider) => provider.name));
  const own = plan.transactions.filter((transaction) => names.has(transaction.provider));
  return digestOf({
    goal: plan.goal,
    transactions: own.map(({ steps, artifacts }) => ({
      steps,
      artifacts: artifacts.map(({ address, sha256, role }) => ({ address, sha256, role })),
    })),
  });
}

/** Exactly what an apply would run, in order. */
export function operationsOf(world: World, transactions: readonly Transaction[]): readonly Operation[] {
  return providersOf(world).flatMap(({ provider, scope }) =>
    transactions
      .filter((transaction) => transaction.provider === provider.name && transaction.steps.length > 0)
      .flatMap((transaction) => provider.operations(transaction, workspaceOf(scope, provider.name))),
  );
}

export function workspaceOf(scope: ScopeWorld, provider: string): string {
  return join(scope.workspace, provider);
}

async function resolveAll(
  world: World,
  request: Request,
  diff: Diff,
  observed: ReadonlyMap<string, Observed>,
): Promise<readonly Transaction[]> {
  const found: Transaction[] = [];
  for (const { provider, scope } of providersOf(world)) {
    const changes = diff.changes.filter((change) => change.provider === provider.name);
    const state = observed.get(provider.name);
    if (changes.length === 0 || state === undefined) continue;
    const doomed = protectedRemovals(changes, state);
    if (doomed.length > 0) {
      found.push({ provider: provider.name, steps: doomed, artifacts: [], problems: [], notes: [] });
      continue;
    }
    const upcoming = found.filter((earlier) => earlier.provider === provider.buildsOn);
    if (!(await mayCome(world, upcoming))) continue;
    const allowDowngrades = request.allowDowngrades || request.goal.type === "generation";
    const desired = world.desired.find((each) => each.provider === provider.name);
    const transaction = await provider.resolve(changes, state, {
      allowDowngrades,
      ownHolds: ownHolds(world, scope, provider.name),
      records: scope.records,
      keep: pinnedHere(world, provider.name, state),
      upcoming,
      ...steering(desired, request),
      kept: scope.kept,
    });
    const settled = withoutContradictions(world, request, scope, diff, state, transaction);
    found.push(settled);
    const comes = settled.steps.some((step) => step.after !== null);
    if (provider.rehearse !== undefined && comes && (await mayCome(world, [settled]))) await provider.rehearse(settled);
  }
  return found;
}

/**
 * Nothing is worked out on top of what cannot or may not be done: a solver may have to fetch from a source that is only to
 * come, and nobody is asked for anything that policy refuses.
 */
async function mayCome(world: World, upcoming: readonly Transaction[]): Promise<boolean> {
  if (upcoming.some(({ problems }) => problems.length > 0)) return false;
  return upcoming.length === 0 || (await world.gate.foresee(upcoming)).violations.length === 0;
}

/** A way back leads to versions, wherever they are to be had: no snapshot holds it up. */
function steering(desired: Desired | undefined, { goal }: Request): Pick<ResolveOptions, "settings" | "indexes"> {
  const { settings, indexes } = desired ?? {};
  return {
    ...(settings === undefined || goal.type !== "lock" ? {} : { settings }),
    ...(indexes === undefined ? {} : { indexes }),
  };
}

/** What the lock pins, and the machine has in that very version; asked of few names, seldom of any. */
function pinnedHere(world: World, provider: string, observed: Observed): NonNullable<ResolveOptions["keep"]> {
  return (name) => {
    const desired = world.desired.find((each) => each.provider === provider);
    const version = desired?.wanted.find((wanted) => wanted.name === name)?.pin?.version;
    return observed.resources.get(name)?.attributes.version === version ? version : undefined;
  };
}

/** An answer that goes against the lock itself is none. */
function withoutContradictions(
  world: World,
  request: Request,
  scope: ScopeWorld,
  diff: Diff,
  state: Observed,
  transaction: Transaction,
): Transaction {
  if (transaction.problems.length > 0 || transaction.steps.length === 0) return transaction;
  const names = new Set(transaction.steps.map(({ name }) => name));
  const then = new Map([[transaction.provider, projected(state, transaction.steps)]]);
  const after = compareScope(world, scope, request, then, scope.bases.read(world.binding.lock), names);
  const problems = contradictions(transaction.steps, diff, after);
  return problems.length === 0 ? transaction : { ...transaction, steps: [], artifacts: [], problems };
}

/** Holds that this lock asked for last time: omg set them, so omg may work over them. */
function ownHolds(world: World, scope: ScopeWorld, provider: string): ReadonlySet<string> {
  const base = scope.bases.read(world.binding.lock);
  return new Set(
    (base?.wanted ?? [])
      .filter((wanted) => wanted.provider === provider && wanted.attributes.hold === true)
      .map((wanted) => wanted.name),
  );
}

/** Once the solver was started, which thinks on a core of its own for most of a plan. */
async function meanwhile<T>(work: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setImmediate(resolve));
  return work();
}

async function fingerprints(world: World): Promise<Readonly<Record<string, string>>> {
  const entries = await Promise.all(
    providersOf(world).map(async ({ provider }) => [provider.name, await provider.fingerprint()] as const),
  );
  return Object.fromEntries(entries);
}
