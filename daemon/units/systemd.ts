import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Context } from "../../app/context.ts";
import { run } from "../../host/run.ts";
import { OmgError } from "../../schema/error.ts";

const SYSTEMCTL = "/usr/bin/systemctl";
const JOURNALCTL = "/usr/bin/journalctl";
/** Made by systemd where it is the machine's init (sd_booted(3)). */
const BOOTED = "/run/systemd/system";

/** Whose service manager: root's is the machine's. */
function managerOf({ uid }: Context): readonly string[] {
  return uid === 0 ? [] : ["--user"];
}

/** @throws OmgError `no-systemd` */
export function refuseWithoutSystemd(): void {
  if (existsSync(BOOTED) && existsSync(SYSTEMCTL)) return;
  throw new OmgError({
    code: "no-systemd",
    exit: "error",
    message: "This machine was not started by systemd, which is to run omgd.",
    state: "Nothing was changed.",
    hint: "`omg daemon run` is the same in the foreground, for whatever starts services here.",
  });
}

/** @throws OmgError `systemd-failed`, with its own words */
export async function systemctl(ctx: Context, ...args: readonly string[]): Promise<void> {
  const { PATH = "/usr/bin:/bin", XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS } = ctx.env;
  const session = {
    ...(XDG_RUNTIME_DIR && { XDG_RUNTIME_DIR }),
    ...(DBUS_SESSION_BUS_ADDRESS && { DBUS_SESSION_BUS_ADDRESS }),
  };
  const ran = await run(SYSTEMCTL, [...managerOf(ctx), "--no-ask-password", ...args], {
    env: { PATH, LC_ALL: "C.UTF-8", ...session },
  });
  if (ran.code === 0) return;
  throw new OmgError({
    code: "systemd-failed",
    exit: "error",
    message: `systemctl ${args.join(" ")} ended with ${ran.code ?? ran.signal}.`,
    hint: "`omg daemon logs` may say more.",
    details: ran.stderr.trim().split("\n"),
  });
}

/** Shows what the unit wrote to the journal, on this terminal. @returns journalctl's exit code */
export function journal(ctx: Context, unit: string, follow: boolean): number {
  const args = [...managerOf(ctx), `--unit=${unit}`, "--lines=100", ...(follow ? ["--follow"] : [])];
  const { status, error } = spawnSync(JOURNALCTL, args, { stdio: "inherit" });
  if (error === undefined) return status ?? 1;
  throw new OmgError({
    code: "no-systemd",
    exit: "error",
    message: `${JOURNALCTL} could not be started: ${error.message}.`,
    hint: "Without systemd, what omgd prints is wherever you had it go.",
  });
}
