import { openStore } from "../../reconciler/store.ts";
import type { ScopeWorld } from "../../reconciler/world.ts";
import { OmgError } from "../../schema/error.ts";
import type { Goal } from "../../schema/model/plan.ts";
import type { Scope } from "../../schema/model/resource.ts";
import type { Context } from "../context.ts";
import { findLock, readLockAt } from "../lock-file.ts";
import { readPolicies } from "../policies.ts";
import { sudoWriter } from "../remote.ts";
import type { ApplyResult } from "../results.ts";
import { systemShare } from "../run.ts";
import { chooseProviders } from "../selection.ts";
import { composeScope, composeWorld } from "../world.ts";
import { asking, carryOut } from "./carry-out.ts";

export interface RollbackOptions {
  /** `system:7`, `user:3` or a number of the system scope; default: the one before the newest. */
  readonly generation?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

type GenerationGoal = Extract<Goal, { type: "generation" }>;

/** A plan towards an earlier generation, through the same gate under today's policy. Works without a lock at hand. */
export async function rollback(ctx: Context, options: RollbackOptions): Promise<ApplyResult> {
  const goal = goalOf(ctx, options.generation);
  const world = await rollbackWorld(ctx, goal);
  return carryOut(world, {
    goal,
    until: options.dryRun === true ? "operations" : "end",
    allowDowngrades: true,
    consent: asking(ctx, options.yes ?? false),
  });
}

/** The run belongs to the lock whose generation is undone, not to the one that happens to lie in this folder. */
async function rollbackWorld(ctx: Context, goal: GenerationGoal): ReturnType<typeof composeWorld> {
  const newest = scopeOf(ctx, goal.scope).generations;
  const { lock } = newest.read(newest.latest());
  const path = findLock(ctx, {});
  const nearby = path === undefined ? undefined : await readLockAt(ctx, path);
  const same =
    nearby !== undefined && nearby.identity.name === lock.name && nearby.identity.repository === lock.repository;
  const world: Awaited<ReturnType<typeof composeWorld>> = await composeWorld(ctx, {
    lock,
    lockDigest: same ? nearby.lock.digest : newest.read(newest.latest()).lockDigest,
    policies: await readPolicies(ctx, same ? path : undefined),
    choose: async (all) =>
      (await chooseProviders(all, {}, undefined)).providers.filter((provider) => provider.scope === goal.scope),
    desired: () => [],
    remote: (context) =>
      sudoWriter(
        context,
        systemShare({ identity: lock }, { allowDowngrades: true }, () => world),
      ),
    whole: goal.scope === "system",
  });
  return world;
}

function goalOf(ctx: Context, asked: string | undefined): GenerationGoal {
  if (asked !== undefined) {
    const [, scope, number] = /^(?:(system|user):)?(\d+)$/.exec(asked) ?? [];
    if (number === undefined) throw usage(`"${asked}" names no generation.`);
    return { type: "generation", scope: (scope ?? defaultScope(ctx)) as Scope, number: Number(number) };
  }
  const scope = defaultScope(ctx);
  const latest = scopeOf(ctx, scope).generations.latest();
  if (latest < 1) throw usage("There is nothing to go back from: omg has applied nothing here.");
  return { type: "generation", scope, number: scopeOf(ctx, scope).generations.numbers().at(-2) ?? 0 };
}

/** The scope that omg changed last. */
function defaultScope(ctx: Context): Scope {
  const times = (["system", "user"] as const).map((scope) => [scope, timeOf(scopeOf(ctx, scope))] as const);
  return times.sort(([, a], [, b]) => b.localeCompare(a))[0]?.[0] ?? "system";
}

function timeOf(scope: ScopeWorld): string {
  const latest = scope.generations.latest();
  return latest < 0 ? "" : scope.generations.read(latest).time;
}

function scopeOf(ctx: Context, scope: Scope): ScopeWorld {
  return composeScope(ctx, scope, [], openStore("/nonexistent"));
}

function usage(message: string): OmgError {
  return new OmgError({
    code: "no-such-generation",
    exit: "error",
    message,
    state: "Nothing was changed.",
    hint: "`omg history` shows the generations, such as system:3.",
  });
}
