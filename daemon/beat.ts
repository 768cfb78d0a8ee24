import { lstatSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Context } from "../app/context.ts";
import { readPublished, statusPath } from "../app/published-status.ts";
import { applyUnderWay } from "../app/under-way.ts";
import { writeSoon } from "../host/files.ts";
import { encodeStatus, type Status } from "../schema/wire/status.ts";
import type { State, StateChange } from "./state.ts";

/**
 * Says anew what was published, where nothing that it was read from has changed since. What has changed is being applied, or nobody
 * has looked at it: then it is not known. Only where there is a status to go by, and files that tell; best effort.
 */
export function renewStatus(ctx: Context, { doing, watch, machine }: Pick<State, "doing" | "watch" | "machine">): void {
  const path = statusPath(ctx);
  const found = readPublished(path, ctx.uid);
  if ("fault" in found || watch.length === 0) return;
  const { status } = found;
  const applying = doing === "applying" || machine?.state === "changing" || applyUnderWay(ctx);
  const moved = movedSince(watch, writtenAt(path), ctx.now());
  if (!moved && (applying || status.state !== "applying")) publish(ctx, status);
  else publish(ctx, applying ? { ...status, state: "applying", drift: undefined } : unknown(status));
}

/** Says that it is not known: whoever looked at the machine could not tell. Best effort. */
export function forgetStatus(ctx: Context): void {
  const found = readPublished(statusPath(ctx), ctx.uid);
  if ("status" in found) publish(ctx, unknown(found.status));
}

/** What omgd knows of the machine no more, because that has changed since it looked. */
export function outdated({ machine, watch }: State, now: Date): StateChange {
  if (machine === undefined) return {};
  return machine.state === "changing" || movedSince(watch, Date.parse(machine.time), now) ? { machine: undefined } : {};
}

function unknown({ generation, timestamp }: Status): Status {
  return { state: "unknown", generation, timestamp };
}

function publish(ctx: Context, status: Status): void {
  try {
    const timestamp = Math.floor(ctx.now().getTime() / 1000);
    writeSoon(statusPath(ctx), encodeStatus({ ...status, timestamp }));
  } catch {
    // a prompt that shows an older time is no reason to end
  }
}

/**
 * @param since milliseconds; where that lies ahead, the clock was set back, and nobody can tell. A change that lies ahead was made before that,
 *   and so before whatever was found since.
 */
function movedSince(watch: readonly string[], since: number, now: Date): boolean {
  if (since > now.getTime()) return true;
  return watch.some((path) => {
    const changed = changedAt(path) ?? changedAt(dirname(path)) ?? 0;
    return changed > since && changed <= now.getTime();
  });
}

/** Undefined also where it cannot be seen: then something above it is no folder any more, or closed. */
function changedAt(path: string): number | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.ctimeMs;
  } catch {
    return undefined;
  }
}

function writtenAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
