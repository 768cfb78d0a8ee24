import type { Context } from "../../app/context.ts";
import { policyWindows } from "../../app/windows.ts";
import type { Purpose } from "../../schema/model/window.ts";
import { lockPathOf, type Settings } from "../settings.ts";
import type { State, StateChange } from "../state.ts";
import { type Opening, openingOf } from "./open.ts";

/** The windows of the policies that count for what a run is about: the lock's path has to lead to its commit. */
export async function windowsOf(ctx: Context, settings: Settings, purpose: Purpose, { windows }: State) {
  const lists = await policyWindows(ctx, lockPathOf(ctx, settings));
  return { windows: { ...windows, [purpose]: lists } } satisfies StateChange;
}

/** Whether something may begin now, by this machine's windows and those of the policies. Pure. */
export function opening(
  purpose: Purpose,
  { windows: policies }: State,
  { windows }: Pick<Settings, "windows">,
  now: Date,
): Opening {
  return openingOf([windows, ...(policies?.[purpose] ?? [])], purpose, now);
}

/** Milliseconds until the first window opens; undefined where none is closed, or none comes. */
export function untilOpen(state: State, settings: Pick<Settings, "windows">, now: Date): number | undefined {
  const waits = (["roll-forward", "drift"] as const).flatMap((purpose) => {
    const found = opening(purpose, state, settings, now);
    return found.open || found.opens === undefined ? [] : [Math.max(0, Date.parse(found.opens) - now.getTime())];
  });
  return waits.length === 0 ? undefined : Math.min(...waits);
}
