import { join } from "node:path";
import { readConfig } from "../../app/config.ts";
import type { Context } from "../../app/context.ts";
import { readLockAt } from "../../app/lock-file.ts";
import { readOnlyScope } from "../../app/world.ts";
import type { Scope } from "../../schema/model/resource.ts";
import type { Problem } from "../problem.ts";
import { configFolderOf, lockPathOf, readSettings, scopeOf } from "../settings.ts";
import { type Health, type HealthCommand, runCheck } from "./checks.ts";
import { refuseUnknown } from "./known.ts";
import { commandOf, refuseForeignConfig } from "./who.ts";

export interface HealthResult {
  /** Of the checks that the lock names, in their order. */
  readonly checks: readonly Health[];
  /** Present where one fails. */
  readonly problem?: Problem;
  /** The newest generation of each scope; -1 before the first. */
  readonly generations: Readonly<Record<Scope, number>>;
}

/**
 * Runs the health checks that the lock names which the link leads to, side by side, as config.toml says what each of them is. Nothing that comes from
 * the repository is run.
 * @param wait whether one that fails is tried again until its time is over
 * @throws OmgError `health-unknown`, `command-not-allowed`, `config-of-another`, and those of reading lock and configuration
 */
export async function health(ctx: Context, wait: boolean): Promise<HealthResult> {
  const { lock } = await readLockAt(ctx, lockPathOf(ctx, await readSettings(ctx)));
  const names = lock.health ?? [];
  const commands = names.length === 0 ? [] : await commandsFor(ctx, names);
  const checks = await Promise.all(commands.map(([name, command]) => runCheck(name, command, wait, ctx.signal)));
  const failed = checks.filter(({ healthy }) => !healthy);
  const latest = (scope: Scope) => readOnlyScope(ctx, scope).generations.latest();
  return {
    checks,
    ...(failed.length === 0 ? {} : { problem: unhealthy(failed) }),
    generations: { system: latest("system"), user: latest("user") },
  };
}

async function commandsFor(ctx: Context, names: readonly string[]): Promise<(readonly [string, HealthCommand])[]> {
  const file = join(configFolderOf(ctx), "config.toml");
  const known = (await readConfig(ctx, scopeOf(ctx)))?.daemon?.health ?? {};
  refuseUnknown(names, Object.keys(known), file);
  refuseForeignConfig(ctx, file);
  return names.flatMap((name) => {
    const found = known[name];
    if (found === undefined) return [];
    return [[name, commandOf(ctx, `The health check ${name}`, found)] as const];
  });
}

function unhealthy(failed: readonly Health[]): Problem {
  return {
    code: "unhealthy",
    message: `${failed.length === 1 ? "A health check fails" : "Health checks fail"}: ${failed.map(({ name }) => name).join(", ")}.`,
    details: failed.map(({ name, why }) => `${name} ${why}`).slice(0, 8),
    state: undefined,
    hint: undefined,
  };
}
