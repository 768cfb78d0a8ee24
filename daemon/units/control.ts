import type { Context } from "../../app/context.ts";
import { journal, refuseWithoutSystemd, systemctl } from "./systemd.ts";
import { SERVICE } from "./texts.ts";

/** Errors: `no-systemd`, `systemd-failed`. */
export async function startService(ctx: Context): Promise<void> {
  refuseWithoutSystemd();
  await systemctl(ctx, "start", SERVICE);
}

/** Waits for an apply that is under way. Errors: `no-systemd`, `systemd-failed`. */
export async function stopService(ctx: Context): Promise<void> {
  refuseWithoutSystemd();
  await systemctl(ctx, "stop", SERVICE);
}

/** Shows what the service said. @returns the exit code */
export function showLogs(ctx: Context, follow: boolean): number {
  refuseWithoutSystemd();
  return journal(ctx, SERVICE, follow);
}
