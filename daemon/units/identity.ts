import { chmodSync, chownSync, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../app/context.ts";
import { run } from "../../host/run.ts";
import { OmgError } from "../../schema/error.ts";
import { SERVICE_ENV } from "./service-env.ts";
import { ACCOUNT, SERVICE } from "./texts.ts";

/** Ids of an account. @throws OmgError `no-account` */
export async function accountOf(name: string): Promise<{ readonly uid: number; readonly gid: number }> {
  const env = { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" };
  const { stdout } = await run("/usr/bin/getent", ["passwd", name], { env });
  const [, , uid, gid] = stdout.trim().split(":");
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  throw new OmgError({
    code: "no-account",
    exit: "error",
    message: `There is no account ${name}, as which the machine's omgd runs.`,
    hint: "sudo omg daemon install --system --yes",
  });
}

/** A file of root's that only root may read, because a login stands in it, is read by the machine's omgd as well, where that is a service. */
export async function letServiceRead(ctx: Context, path: string): Promise<void> {
  if (ctx.uid !== 0 || !existsSync(join("/etc/systemd/system", SERVICE))) return;
  if ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0o004) & 0o004) return;
  const { gid } = await accountOf(ACCOUNT);
  chownSync(path, 0, gid);
  chmodSync(path, 0o640);
}

/**
 * The machine's omgd, where it is a service, is another account's: what root asks of it or tells it is done as that account and in its
 * folders, so that it can read what root left there. For good: this process is nobody else afterwards.
 */
export async function asService(ctx: Context): Promise<Context> {
  if (ctx.uid !== 0 || !existsSync(join("/etc/systemd/system", SERVICE))) return ctx;
  const { uid, gid } = await accountOf(ACCOUNT);
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  const env = { PATH: ctx.env.PATH, ...SERVICE_ENV };
  return { ...ctx, uid, user: ctx.user, home: SERVICE_ENV.HOME ?? ctx.home, env, elevated: false };
}
