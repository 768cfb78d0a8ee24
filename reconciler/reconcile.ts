import type { Artifact, Verdict } from "../schema/model/artifact.ts";
import type { ArtifactSource } from "../schema/model/artifact-source.ts";
import type { Diff } from "../schema/model/change.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { Observed, Scope } from "../schema/model/resource.ts";
import type { Operation, Transaction } from "../schema/model/transaction.ts";
import { applyScope } from "./apply.ts";
import { compare } from "./compare.ts";
import { refuseHeld } from "./held.ts";
import { takeLeases } from "./lease.ts";
import { observe } from "./observe.ts";
import { makePlan, operationsOf } from "./plan.ts";
import { publish, publishState } from "./publish.ts";
import { recordBaseline } from "./record.ts";
import { recover, refuseBusy } from "./recover.ts";
import { decide } from "./refused.ts";
import type { Round } from "./rounds.ts";
import { refuseMoved } from "./still-true.ts";
import { refuseProblems, verify } from "./verify.ts";
import { type ScopeWork, workOf } from "./work.ts";
import { providersOf, type Request, type ScopeWorld, type World } from "./world.ts";

export interface Outcome {
  readonly observed: ReadonlyMap<string, Observed>;
  readonly diff: Diff;
  /** Absent after `until: "diff"`. */
  readonly plan?: Plan;
  readonly operations: readonly Operation[];
  readonly verdict?: Verdict;
  /** New generation of each scope that was written. */
  readonly generations: Partial<Record<Scope, number>>;
  /** Worth knowing after the change; absent where nothing was changed. */
  readonly notes?: readonly string[];
}

type Done = Pick<Outcome, "generations" | "verdict" | "diff" | "observed" | "notes">;

/** The one flow of omg. Command line, daemon and CI differ in when they start it and how far they let it go. */
export async function reconcile(world: World, request: Request, sources?: readonly ArtifactSource[]): Promise<Outcome> {
  const leases = request.until === "end" ? await takeLeases(world) : [];
  try {
    return await run(world, request, sources);
  } finally {
    for (const lease of leases) lease.release();
  }
}

async function run(world: World, request: Request, sources: readonly ArtifactSource[] | undefined): Promise<Outcome> {
  if (request.until === "end") await staged(world, "recover", () => recoverAll(world));
  // As the only writer: a rollback that was at work until now has written what it holds.
  if (request.unlessHeld === true) refuseHeld(world);
  const observed = await staged(world, "observe", () => observe(world, request.goal));
  const diff = compare(world, request, observed);
  publish(world, observed, diff);
  const seen = { observed, diff, operations: [], generations: {} };
  if (request.until === "diff") return seen;

  const plan = await staged(world, "plan", () => makePlan(world, request, diff, observed));
  world.emit({ type: "planned", plan });
  const planned = { ...seen, plan, operations: operationsOf(world, plan.transactions), verdict: plan.verdict };
  if (request.until !== "end") return planned;

  // What looks broken may be somebody's work in progress.
  if (plan.problems.length > 0) for (const scope of world.scopes) await refuseBusy(scope);
  refuseProblems(plan.problems);
  if (plan.verdict.violations.length > 0)
    for (const scope of world.scopes) await scope.remote?.notice(world, scope, request, plan);
  decide(world, plan.verdict);
  for (const { remote, providers } of world.scopes)
    if (plan.steps.some(({ provider }) => providers.some(({ name }) => name === provider))) remote?.ready();
  await request.consent(plan);
  const carry = (part: World, round: Round) => carryOut(part, request, round.plan, round.observed, sources);
  return { ...planned, ...(await carriedOut(world, request, { plan, observed }, carry)) };
}

async function carriedOut(
  world: World,
  request: Request,
  round: Round,
  carry: (world: World, round: Round) => Promise<Done>,
): Promise<Done> {
  if (!round.plan.transactions.some(({ artifacts }) => artifacts.some(mayNeedRounds))) return carry(world, round);
  const { inRounds } = await import("./rounds.ts"); // most runs need one
  return inRounds(world, request, round, carry);
}

function mayNeedRounds({ chain, keysFrom }: Artifact): boolean {
  return keysFrom !== undefined || (chain.type === "build" && chain.built === "not yet");
}

async function carryOut(
  world: World,
  request: Request,
  plan: Plan,
  found: ReadonlyMap<string, Observed>,
  sources: readonly ArtifactSource[] | undefined,
): Promise<Done> {
  const transactions = await staged(world, "fetch", async () => {
    const { fetchArtifacts } = await import("./fetch.ts"); // with all of http: most runs fetch nothing
    const fetched = await fetchArtifacts(plan, world, sources);
    if (world.provenance !== undefined) await (await import("./provenance.ts")).gatherProvenance(fetched, world);
    return fetched;
  });
  const verdict = await staged(world, "verify", () => verify(transactions, world));
  const generations: Partial<Record<Scope, number>> = {};
  for (const scope of world.scopes) {
    const work = workOf({ world, scope, request, plan, transactions, verdict, observed: found });
    if (work === undefined) continue;
    world.signal.throwIfAborted();
    generations[scope.scope] = await staged(world, "apply", () => write(world, scope, request, plan, work, found));
  }
  const observed = await staged(world, "confirm", () => observe(world, request.goal));
  const diff = compare(world, request, observed);
  publish(world, observed, diff);
  return { generations, verdict, observed, diff, notes: await afterwards(world, transactions) };
}

async function afterwards(world: World, transactions: readonly Transaction[]): Promise<readonly string[]> {
  const notes = providersOf(world).flatMap(({ provider }) =>
    transactions
      .filter((transaction) => transaction.provider === provider.name && transaction.steps.length > 0)
      .map((transaction) => provider.afterwards?.(transaction) ?? []),
  );
  return (await Promise.all(notes)).flat();
}

/** One scope's share, by whoever may write it. */
async function write(
  world: World,
  scope: ScopeWorld,
  request: Request,
  plan: Plan,
  work: ScopeWork,
  found: ReadonlyMap<string, Observed>,
): Promise<number> {
  if (scope.remote !== undefined) return scope.remote.apply(world, scope, request, plan);
  await refuseBusy(scope);
  await refuseMoved(world, scope, plan, work);
  await recordBaseline(world, scope, found);
  publishState(world, "applying", found, work.after.generation - 1);
  try {
    return await applyScope(world, scope, request, plan, work);
  } catch (cause) {
    publishState(world, "failed", found, work.after.generation - 1);
    throw cause;
  }
}

async function recoverAll(world: World): Promise<void> {
  for (const scope of world.scopes) {
    if (scope.remote !== undefined) await scope.remote.recover(world, scope);
    else await recover(world, scope);
  }
}

async function staged<T>(
  world: World,
  stage: "recover" | "observe" | "plan" | "fetch" | "verify" | "apply" | "confirm",
  act: () => Promise<T>,
): Promise<T> {
  world.emit({ type: "stage", stage, state: "started" });
  const result = await act();
  world.emit({ type: "stage", stage, state: "finished" });
  return result;
}
