import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { readConfig } from "../../app/config.ts";
import type { Context } from "../../app/context.ts";
import { foreignness } from "../../app/foreign.ts";
import { readLockAt } from "../../app/lock-file.ts";
import { readOnlyScope } from "../../app/world.ts";
import { OmgError } from "../../schema/error.ts";
import type { Scope } from "../../schema/model/resource.ts";
import type { Problem } from "../problem.ts";
import { configFolderOf, lockPathOf, readSettings, scopeOf } from "../settings.ts";
import { type Health, type HealthCommand, runCheck } from "./checks.ts";
import { refuseUnknown } from "./known.ts";

export interface HealthResult {
  /** Of the checks that the lock names, in their order. */
  readonly checks: readonly Health[];
  /** Present where one fails. */
  readonly problem?: Problem;
  /** The newest generation of each scope; -1 before the first. */
  readonly generations: Readonly<Record<Scope, number>>;
}

/** Whoever has no other id to run checks by: nobody, on Debian and Arch alike. */
const NOBODY = 65_534;
const LIMIT_SECONDS = 30;

/**
 * Runs the health checks that the lock names which the link leads to, side by side, as config.toml says what each of them is. Nothing that comes from
 * the repository is run.
 * @param wait whether one that fails is tried again until its time is over
 * @throws OmgError `health-unknown`, `health-not-allowed`, `config-of-another`, and those of reading lock and configuration
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
  refuseForeign(ctx, file);
  return names.flatMap((name) => {
    const found = known[name];
    if (found === undefined) return [];
    const [program = "", ...args] = found.command;
    const as = whoRuns(ctx, name, found);
    const limitSeconds = found.limit ?? LIMIT_SECONDS;
    return [[name, { command: [program, ...args], limitSeconds, ...(as === undefined ? {} : { as }) }] as const];
  });
}

function whoRuns({ uid: own }: Context, name: string, { uid, gid }: { readonly uid?: number; readonly gid?: number }) {
  if (own === 0) return { uid: uid ?? NOBODY, gid: gid ?? uid ?? NOBODY };
  if ((uid ?? own) === own && gid === undefined) return undefined;
  throw new OmgError({
    code: "health-not-allowed",
    exit: "invalid",
    message: `The health check ${name} is to run as another user, and only root's omgd can do that.`,
    state: "Nothing was run.",
    hint: "Take `uid` and `gid` out of your config.toml.",
  });
}

/** Whoever can write the file says what is run. */
function refuseForeign(ctx: Context, file: string): void {
  for (const path of [dirname(file), file]) {
    const why = foreignness(ctx, lstatSync(path));
    if (why === undefined) continue;
    throw new OmgError({
      code: "config-of-another",
      exit: "refused",
      message: `${path} ${why}, so whoever wrote it could say what runs here.`,
      state: "Nothing was run.",
      hint: "It should belong to whoever runs omg, and be writable by nobody else.",
    });
  }
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
