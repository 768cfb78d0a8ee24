import { timeAfter, timeUpTo } from "../../host/schedule.ts";
import { parseSchedule } from "../../schema/files/schedule.ts";
import type { Purpose, Window } from "../../schema/model/window.ts";

/** Whether something may begin now; times are RFC 3339. */
export type Opening =
  | { readonly open: true; readonly closes?: string }
  /** `opens` is absent where no time is in sight. */
  | { readonly open: false; readonly opens?: string };

const MINUTE = 60_000;
/** So often windows may hand on to one another before nobody follows them any further. */
const MOST_STEPS = 20;

/**
 * Whether windows are open for a purpose. Each list narrows the others; in one list any window will do, and a list without one for this
 * purpose says nothing of it. Pure.
 */
export function openingOf(lists: readonly (readonly Window[])[], purpose: Purpose, now: Date): Opening {
  const narrowing = lists
    .map((list) => list.filter((each) => each.for === undefined || each.for.includes(purpose)))
    .filter((list) => list.length > 0);
  if (narrowing.length === 0) return { open: true };
  if (narrowing.every((list) => endOf(list, now) !== undefined)) {
    const ends = narrowing.flatMap((list) => closesAt(list, now)?.getTime() ?? []);
    return ends.length === 0 ? { open: true } : { open: true, closes: new Date(Math.min(...ends)).toISOString() };
  }
  const opens = meetAt(narrowing, now);
  return opens === undefined ? { open: false } : { open: false, opens: opens.toISOString() };
}

/** The first time at which all of them are open. */
function meetAt(lists: readonly (readonly Window[])[], now: Date): Date | undefined {
  let time = now;
  for (let step = 0; step < MOST_STEPS; step++) {
    const next: Date = lists.reduce((latest, list) => {
      const opens = endOf(list, time) === undefined ? opensAt(list, time) : time;
      return opens === undefined ? NEVER : opens > latest ? opens : latest;
    }, time);
    if (next.getTime() === NEVER.getTime()) return undefined;
    if (next.getTime() === time.getTime()) return time;
    time = next;
  }
  return undefined;
}

const NEVER = new Date(8.64e15);

function opensAt(list: readonly Window[], after: Date): Date | undefined {
  const times = list.flatMap(({ opens, "time-zone": zone = "UTC" }) => {
    const schedule = parseSchedule(opens);
    return schedule === undefined ? [] : [timeAfter(schedule, zone, after)?.getTime() ?? NEVER.getTime()];
  });
  const first = Math.min(...times);
  return first === NEVER.getTime() ? undefined : new Date(first);
}

/** When the list closes that is open; undefined where there is always another window. */
function closesAt(list: readonly Window[], now: Date): Date | undefined {
  let end = endOf(list, now);
  for (let step = 0; step < MOST_STEPS && end !== undefined; step++) {
    const further = endOf(list, end);
    if (further === undefined) return end;
    end = further;
  }
  return undefined;
}

/** When the last of those windows ends that are open; undefined where none is. */
function endOf(list: readonly Window[], now: Date): Date | undefined {
  const ends = list.flatMap(({ opens, minutes, "time-zone": zone = "UTC" }) => {
    const schedule = parseSchedule(opens);
    const began = schedule === undefined ? undefined : timeUpTo(schedule, zone, now);
    const end = began === undefined ? 0 : began.getTime() + minutes * MINUTE;
    return end > now.getTime() ? [end] : [];
  });
  return ends.length === 0 ? undefined : new Date(Math.max(...ends));
}
