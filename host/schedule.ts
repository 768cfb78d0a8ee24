import type { Schedule } from "../schema/files/schedule.ts";
import { offsetAt } from "./time-zone.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** February has its 29th at least every eight years, and then it is one of seven days of the week. */
const MOST_DAYS = 366 * 41;

/** The first time of a schedule after `time`; undefined where none comes in forty years. Pure. */
export function timeAfter(schedule: Schedule, zone: string, time: Date): Date | undefined {
  return nearest(schedule, zone, time, 1, (instant) => instant > time.getTime());
}

/** The last time of a schedule up to `time`, that instant included. Pure. */
export function timeUpTo(schedule: Schedule, zone: string, time: Date): Date | undefined {
  return nearest(schedule, zone, time, -1, (instant) => instant <= time.getTime());
}

/** Day by day. Begins a day away, for a clock that is put forward can move a time into the next. */
function nearest(
  schedule: Schedule,
  zone: string,
  time: Date,
  direction: 1 | -1,
  fits: (instant: number) => boolean,
): Date | undefined {
  const local = time.getTime() + offsetAt(zone, time.getTime());
  const today = Math.floor(local / DAY) * DAY;
  for (let count = -1; count < MOST_DAYS; count++) {
    const day = today + direction * count * DAY;
    const found = isDay(schedule, day) ? firstOf(schedule, zone, day, direction, fits) : undefined;
    if (found !== undefined) return new Date(found);
  }
  return undefined;
}

/** The first instant of a day that fits, or the last. */
function firstOf(
  schedule: Schedule,
  zone: string,
  day: number,
  direction: 1 | -1,
  fits: (instant: number) => boolean,
): number | undefined {
  const [before, after] = [offsetAt(zone, day - DAY), offsetAt(zone, day + 2 * DAY)];
  if (before === after) return firstOnWall(schedule, day - before, direction, fits);
  const instants = instantsOf(schedule, zone, day, [before, after]);
  return direction === 1 ? instants.find(fits) : instants.findLast(fits);
}

/** The same where no clock is changed. @param midnight as an instant */
function firstOnWall(
  { hours, minutes }: Schedule,
  midnight: number,
  direction: 1 | -1,
  fits: (instant: number) => boolean,
): number | undefined {
  const inOrder = (list: readonly number[], at: number) => list[direction === 1 ? at : list.length - 1 - at] ?? 0;
  for (let hour = 0; hour < hours.length; hour++)
    for (let minute = 0; minute < minutes.length; minute++) {
      const instant = midnight + (inOrder(hours, hour) * 60 + inOrder(minutes, minute)) * MINUTE;
      if (fits(instant)) return instant;
    }
  return undefined;
}

/** @param day midnight, as if it were one in UTC */
function isDay({ days, months, weekdays, eitherDay }: Schedule, day: number): boolean {
  const date = new Date(day);
  if (!months.includes(date.getUTCMonth() + 1)) return false;
  const [ofMonth, ofWeek] = [days.includes(date.getUTCDate()), weekdays.includes(date.getUTCDay())];
  return eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek;
}

/**
 * The instants of a day on which the clocks may change, in order. `offsets`: of the days before and after. A time that the clock on the wall leaves out comes when it goes on; one that it shows twice, the first time
 * alone. Where every hour is meant, what is left out does not come, and what is shown twice comes twice.
 */
function instantsOf(
  { hours, minutes, everyHour }: Schedule,
  zone: string,
  day: number,
  offsets: readonly number[],
): readonly number[] {
  const found = new Set<number>();
  for (const hour of hours)
    for (const minute of minutes) {
      const wall = day + (hour * 60 + minute) * MINUTE;
      const shown = offsets.map((offset) => wall - offset);
      const real = shown.filter((each) => each + offsetAt(zone, each) === wall);
      if (everyHour) for (const each of real) found.add(each);
      else found.add(real.length > 0 ? Math.min(...real) : whenItGoesOn(zone, shown));
    }
  return [...found].sort((a, b) => a - b);
}

/** The instant at which the offset changes between two. */
function whenItGoesOn(zone: string, between: readonly number[]): number {
  let [low, high] = [Math.min(...between), Math.max(...between)];
  const first = offsetAt(zone, low);
  while (high - low > MINUTE) {
    const middle = low + Math.floor((high - low) / 2 / MINUTE) * MINUTE;
    if (offsetAt(zone, middle) === first) low = middle;
    else high = middle;
  }
  return high;
}
