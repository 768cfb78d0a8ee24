import type { Context } from "../../app/context.ts";
import { policyLeave } from "../../app/policy-leave.ts";
import type { Purpose } from "../../schema/model/window.ts";
import { lockPathOf, type Mode, type Settings } from "../settings.ts";
import type { State, StateChange } from "../state.ts";
import { type Opening, openingOf } from "./open.ts";

/** What the policies leave that count for what a run is about: the lock's path has to lead to its commit. */
export async function leaveOf(ctx: Context, settings: Settings, purpose: Purpose, state: State) {
  const { windows, reportOnly } = await policyLeave(ctx, lockPathOf(ctx, settings));
  return {
    windows: { ...state.windows, [purpose]: windows },
    reportOnly: { ...state.reportOnly, [purpose]: reportOnly.includes(purpose) },
  } satisfies StateChange;
}

/** What is done for a purpose: as config.toml says, and no more than the policies leave. Pure. */
export function modeOf(
  purpose: Purpose,
  { reportOnly }: Pick<State, "reportOnly">,
  { drift, rollForward }: Pick<Settings, "drift" | "rollForward">,
): { readonly mode: Mode; readonly by: "config.toml" | "policy.toml" } {
  const mode = purpose === "drift" ? drift : rollForward;
  return mode === "apply" && reportOnly?.[purpose] === true
    ? { mode: "report", by: "policy.toml" }
    : { mode, by: "config.toml" };
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
