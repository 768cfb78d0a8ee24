import type { Entry } from "../../reconciler/log.ts";
import type { Request, World } from "../../reconciler/world.ts";
import { OmgError } from "../../schema/error.ts";
import type { Scope } from "../../schema/model/resource.ts";
import { asking, carryOut } from "../carry-out.ts";
import type { Context } from "../context.ts";
import { type FoundLock, findLock, readLockAt } from "../lock-file.ts";
import { policiesOf, readPolicies } from "../policies.ts";
import type { ApplyResult } from "../results.ts";
import { chooseProviders } from "../selection.ts";
import { composeWorld, readOnlyScope } from "../world.ts";
import { finishInterrupted } from "../writing.ts";

export interface RollbackOptions {
  /** `system:7`, `user:3` or a number of the scope that omg changed last; default: the state before what it did there last. */
  readonly generation?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

type Memory = ReturnType<typeof readOnlyScope>;

/** Stands for the digest of a lock where there is none. */
const NO_LOCK = "0".repeat(64);

/**
 * A plan towards an earlier generation, through the same gate under today's policy. Works without a lock at hand. What an
 * interrupted run left is finished before the goal is chosen: it may make a generation.
 */
export async function rollback(ctx: Context, options: RollbackOptions): Promise<ApplyResult> {
  const asked = parse(options.generation);
  const scope = asked.scope ?? lastChanged(ctx);
  const nearby = await nearbyLock(ctx);
  refuseUntouched(readOnlyScope(ctx, scope));
  const finished = options.dryRun !== true && (await finishFirst(ctx, scope, nearby));
  const number = asked.number ?? before(readOnlyScope(ctx, scope));
  const request: Request = {
    goal: { type: "generation", scope, number },
    until: options.dryRun === true ? "operations" : "end",
    allowDowngrades: true,
    consent: asking(ctx, options.yes ?? false),
  };
  return carryOut(await rollbackWorld(ctx, scope, nearby), request, finished);
}

/** @returns whether there was anything to finish */
async function finishFirst(ctx: Context, scope: Scope, nearby: FoundLock | undefined): Promise<boolean> {
  if (readOnlyScope(ctx, scope).log.open() === undefined) return false;
  const world = await rollbackWorld(ctx, scope, nearby);
  for (const own of world.scopes) await finishInterrupted(world, own);
  return true;
}

/** The run belongs to the lock whose generation is undone, not to the one that happens to lie in this folder. */
async function rollbackWorld(ctx: Context, scope: Scope, nearby: FoundLock | undefined): Promise<World> {
  const { generations } = readOnlyScope(ctx, scope);
  const { lock, lockDigest } = generations.read(generations.latest());
  const same = nearby?.identity.name === lock.name && nearby.identity.repository === lock.repository;
  return composeWorld(ctx, {
    lock,
    lockDigest: (same ? nearby.lock.digest : lockDigest) || NO_LOCK,
    policies: same ? (await policiesOf(ctx, nearby.lock)).policies : await readPolicies(ctx, undefined),
    choose: async (all) =>
      (await chooseProviders(all, {}, undefined)).providers.filter((provider) => provider.scope === scope),
    desired: () => [],
    whole: scope === "system",
  });
}

/** A lock that cannot be read or trusted must not stand in the way back. */
async function nearbyLock(ctx: Context): Promise<FoundLock | undefined> {
  try {
    const path = findLock(ctx, {});
    return path === undefined ? undefined : await readLockAt(ctx, path);
  } catch (cause) {
    if (!(cause instanceof OmgError) || !["invalid", "refused"].includes(cause.exit)) throw cause;
    ctx.emit({
      type: "warning",
      message: `The lock here is left out of account: ${cause.message}`,
      hint: "`omg check` says what is wrong with it.",
    });
    return undefined;
  }
}

function parse(asked: string | undefined): { readonly scope?: Scope; readonly number?: number } {
  if (asked === undefined) return {};
  const [, scope, number] = /^(?:(system|user):)?(\d+)$/.exec(asked) ?? [];
  if (number === undefined) throw usage(`"${asked}" names no generation.`);
  return { ...(scope === undefined ? {} : { scope: scope as Scope }), number: Number(number) };
}

/** The scope that omg worked on last. */
function lastChanged(ctx: Context): Scope {
  const times = (["system", "user"] as const).map((scope) => [scope, timeOf(readOnlyScope(ctx, scope))] as const);
  return times.sort(([, a], [, b]) => b.localeCompare(a))[0]?.[0] ?? "system";
}

function timeOf({ generations, log }: Memory): string {
  const latest = generations.latest();
  const made = latest < 0 ? "" : generations.read(latest).time;
  const tried = lastRun(log.entries())?.time ?? "";
  return made > tried ? made : tried;
}

const RUNS: readonly string[] = ["apply.intent", "apply.done", "apply.failed", "recovered"];

/** The newest line about an apply or a rollback. One that failed before it changed anything counts as none. */
function lastRun(entries: readonly Entry[]): Entry | undefined {
  const idle = entries.filter(({ event, data }) => event === "apply.failed" && data.closes !== undefined);
  const nothing = new Set(idle.flatMap(({ hash, data }) => [hash, data.closes]));
  return entries.findLast(({ event, hash }) => RUNS.includes(event) && !nothing.has(hash));
}

/** The state before omg's last run: the last good generation where that run did not make one, else the one before it. */
function before({ generations, log }: Memory): number {
  const latest = generations.latest();
  const run = lastRun(log.entries());
  if (run !== undefined && run.event !== "apply.done") return latest;
  if (latest < 1) throw nothingYet();
  return latest - 1;
}

function refuseUntouched({ generations }: Memory): void {
  if (generations.latest() < 0) throw nothingYet();
}

function nothingYet(): OmgError {
  return usage("There is nothing to go back from: omg has applied nothing here.");
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
