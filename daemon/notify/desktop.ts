import { existsSync, lstatSync } from "node:fs";
import { listFolder } from "../../host/folder.ts";
import { CLEAN_ENV, run } from "../../host/run.ts";
import type { Pending } from "./outbox.ts";

const NOTIFY_SEND = "/usr/bin/notify-send";
const SESSIONS = "/run/user";
const LIMIT_MS = 10_000;
/** Ids from here on are people's (login.defs(5), UID_MIN). */
const FIRST_PERSON = 1000;

/**
 * Shows a notification on the desktop of whoever runs omgd; root's omgd, of everybody who is logged in. Where there is no desktop, or nothing
 * to show it with, there is nothing to be done.
 */
export async function show({ lines, urgent }: Pick<Pending, "lines" | "urgent">, signal: AbortSignal): Promise<void> {
  if (!existsSync(NOTIFY_SEND)) return;
  const args = [
    "--app-name=omg",
    `--urgency=${urgent ? "critical" : "normal"}`,
    "--",
    "omg",
    lines.map(escaped).join("\n"),
  ];
  for (const { bus, as } of sessions()) {
    const env = { ...CLEAN_ENV, DBUS_SESSION_BUS_ADDRESS: `unix:path=${bus}` };
    await run(NOTIFY_SEND, args, { env, timeoutMs: LIMIT_MS, signal, ...(as === undefined ? {} : { as }) });
  }
}

interface Session {
  readonly bus: string;
  readonly as?: { readonly uid: number; readonly gid: number };
}

/** The buses of sessions that this process may speak for. */
function sessions(): readonly Session[] {
  const own = process.getuid?.() ?? 0;
  return listFolder(SESSIONS).flatMap((name): Session[] => {
    const bus = `${SESSIONS}/${name}/bus`;
    const found = lstatSync(bus, { throwIfNoEntry: false });
    if (found?.isSocket() !== true || String(found.uid) !== name) return [];
    if (own !== 0) return found.uid === own ? [{ bus }] : [];
    return found.uid < FIRST_PERSON ? [] : [{ bus, as: { uid: found.uid, gid: found.gid } }];
  });
}

/** Desktops may read the text as markup (Desktop Notifications Specification). */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
