import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../host/digest.ts";
import { readIfPresent } from "../../host/files.ts";
import { pathsFor } from "../../host/paths.ts";
import { lockHolders } from "../../host/proc-locks.ts";
import type { Finding } from "../../schema/model/finding.ts";
import type { Scope } from "../../schema/model/resource.ts";
import { BUNDLES } from "../commands/setup.ts";
import type { Context } from "../context.ts";
import { ROOT_FOLDER } from "../providers.ts";
import { readOnlyScope } from "../world.ts";

/** What omg keeps for itself: folders, logs, interrupted runs, locks, and the part that root runs. */
export function ownFindings(ctx: Context): readonly Finding[] {
  return [folders(ctx), ...(["system", "user"] as const).flatMap((scope) => memory(ctx, scope)), rootPart(ctx)];
}

/** omg's own folders that are not only this user's to write. */
export function looseFolders(ctx: Context): readonly string[] {
  const scopes = ctx.uid === 0 ? (["system", "user"] as const) : (["user"] as const);
  const paths = scopes
    .map((scope) => pathsFor(scope, ctx))
    .flatMap(({ config, data, state, cache }) => [config, data, state, cache]);
  const inside = paths.flatMap((path) => [
    path,
    ...["store", "generations", "audit", "evidence", "base"].map((name) => join(path, name)),
  ]);
  return [...new Set(inside)].filter((path) => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found !== undefined && (!found.isDirectory() || found.uid !== ctx.uid || (found.mode & 0o022) !== 0);
  });
}

function folders(ctx: Context): Finding {
  const loose = looseFolders(ctx);
  if (loose.length === 0) return { check: "folders", level: "ok", found: "omg's folders are yours alone to write." };
  return {
    check: "folders",
    level: "bad",
    found: `Others can write to what omg trusts, or it is not yours: ${loose.join(", ")}.`,
    next: "Make it a folder of yours that only you can write (chown, chmod go-w).",
    remedy: "modes",
  };
}

function memory(ctx: Context, scope: Scope): readonly Finding[] {
  const { log, leasePath, generations } = readOnlyScope(ctx, scope);
  const { broken, entries } = log.verify();
  const [holder] = lockHolders([leasePath]);
  const whole: Finding =
    broken === undefined
      ? {
          check: `${scope}-log`,
          level: "ok",
          found: entries === 0 ? `Nothing is in the log of ${scope} yet.` : `The log of ${scope} is whole.`,
        }
      : {
          check: `${scope}-log`,
          level: "bad",
          found: `The log of ${scope} is not as omg wrote it: ${broken}.`,
          next: "Look at it with `omg audit verify`. If you know why it changed, move the log, its head and its key away together.",
        };
  const open: readonly Finding[] =
    broken === undefined && log.open() !== undefined && holder === undefined
      ? [
          {
            check: `${scope}-interrupted`,
            level: "bad",
            found: `An apply of ${scope} was cut off after generation ${Math.max(0, generations.latest())}.`,
            next: "omg apply",
            remedy: "recover",
          },
        ]
      : [];
  return [whole, ...open, ...writerLock(ctx, scope, leasePath, holder)];
}

/** The lock is the kernel's, and ends with the process that has it: a file that is left over locks nobody out. */
function writerLock(
  ctx: Context,
  scope: Scope,
  path: string,
  holder: ReturnType<typeof lockHolders>[number] | undefined,
): readonly Finding[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const check = `${scope}-lock`;
  if (holder !== undefined) {
    const by = holder.pid > 0 ? `${holder.command} (pid ${holder.pid})` : "another process";
    return [{ check, level: "warn", found: `${by} is changing ${scope} now.`, next: "Wait until it is done." }];
  }
  const mine = scope === "user" || ctx.uid === 0;
  if (found === undefined || !mine || (found.isFile() && found.uid === ctx.uid)) return [];
  return [
    {
      check,
      level: "bad",
      found: `${path} is ${found.isFile() ? "somebody else's" : "no regular file"}, so that omg cannot lock it.`,
      next: `Look at what it is (ls -ld ${path}) and remove it.`,
    },
  ];
}

/** Whether what root runs is of this very build. */
function rootPart(ctx: Context): Finding {
  const check = "root-part";
  const missing = readdirIfThere(ROOT_FOLDER) === undefined;
  if (missing && ctx.uid === 0)
    return { check, level: "ok", found: "Root needs no part of its own; `omg setup` is for other users." };
  if (missing)
    return {
      check,
      level: "warn",
      found: `${ROOT_FOLDER} is not there: you cannot change packages.`,
      next: "sudo omg setup",
    };
  const other = BUNDLES.filter((name) => digestOf(join(ROOT_FOLDER, name)) !== digestOf(join(ctx.program, name)));
  if (other.length === 0) return { check, level: "ok", found: `${ROOT_FOLDER} is of this build.` };
  return {
    check,
    level: "bad",
    found: `${ROOT_FOLDER} is of another build than this omg (${other.join(", ")}).`,
    next: "sudo omg setup --yes",
    remedy: "setup",
  };
}

function digestOf(path: string): string | undefined {
  const bytes = readIfPresent(path);
  return bytes === undefined ? undefined : sha256(bytes);
}

function readdirIfThere(path: string): readonly string[] | undefined {
  try {
    return readdirSync(path);
  } catch {
    return undefined;
  }
}
