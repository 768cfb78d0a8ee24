import type { Context } from "../../app/context.ts";
import { run } from "../../host/run.ts";

const NOTIFY = "/usr/bin/systemd-notify";

/** Tells systemd, where it started omgd, that it is up, and takes SIGHUP for what it is meant as (sd_notify(3)). Never rejects. */
export async function tellReady({ env }: Context): Promise<void> {
  const { NOTIFY_SOCKET } = env;
  if (NOTIFY_SOCKET === undefined) return;
  // Whoever waits for the word says what is wrong where none comes.
  await run(NOTIFY, ["--ready"], { env: { NOTIFY_SOCKET, LC_ALL: "C.UTF-8" } }).catch(() => undefined);
}
