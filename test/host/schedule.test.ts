import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { timeAfter, timeUpTo } from "../../host/schedule.ts";
import { offsetAt } from "../../host/time-zone.ts";
import { parseSchedule, type Schedule } from "../../schema/files/schedule.ts";

const read = (text: string): Schedule => {
  const schedule = parseSchedule(text);
  if (schedule === undefined) throw new Error(text);
  return schedule;
};
/** The next times, `count` of them. */
const times = (text: string, zone: string, from: string, count = 1): string[] => {
  const found: string[] = [];
  for (let at = new Date(from); found.length < count; ) {
    at = timeAfter(read(text), zone, at) ?? new Date(Number.NaN);
    found.push(at.toISOString().slice(0, 16));
  }
  return found;
};

describe("where the clocks change", () => {
  const berlin = "Europe/Berlin";

  test.each([
    [
      "once a day, in winter and summer",
      "30 2 * * *",
      "2026-03-27T12:00Z",
      ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"],
    ],
    [
      "a time that is shown twice comes once",
      "30 2 * * *",
      "2026-10-23T12:00Z",
      ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"],
    ],
    [
      "several that are left out are one",
      "0,20,40 2 * * *",
      "2026-03-29T00:00Z",
      ["2026-03-29T01:00", "2026-03-30T00:00", "2026-03-30T00:20"],
    ],
    [
      "every hour goes by time that passes, in spring",
      "15 * * * *",
      "2026-03-28T23:20Z",
      ["2026-03-29T00:15", "2026-03-29T01:15", "2026-03-29T02:15"],
    ],
    ["and in autumn", "15 * * * *", "2026-10-24T23:20Z", ["2026-10-25T00:15", "2026-10-25T01:15", "2026-10-25T02:15"]],
  ] as const)("%s", (_, text, from, expected) => {
    expect(times(text, berlin, from, expected.length)).toEqual(expected);
  });

  it("also by half an hour, at midnight, and by a whole day", () => {
    // Lord Howe Island: 02:00 +10:30 is 02:30 +11:00.
    expect(times("10 2 * * *", "Australia/Lord_Howe", "2026-10-03T14:00Z")).toEqual(["2026-10-03T15:30"]);
    // Beirut: 00:00 +02 is 01:00 +03.
    expect(times("0 0 * * *", "Asia/Beirut", "2026-03-28T12:00Z", 2)).toEqual(["2026-03-28T22:00", "2026-03-29T21:00"]);
    // Samoa had no 30th of December 2011: after 23:59 of the 29th (-10) came 00:00 of the 31st (+14).
    expect(times("0 12 * * *", "Pacific/Apia", "2011-12-29T22:30Z", 2)).toEqual([
      "2011-12-30T10:00",
      "2011-12-30T22:00",
    ]);
  });
});

it("days of the month and of the week", () => {
  expect(times("0 0 13 * fri", "UTC", "2026-11-01T00:00Z", 3)).toEqual([
    "2026-11-06T00:00",
    "2026-11-13T00:00",
    "2026-11-20T00:00",
  ]);
  expect(times("0 0 29 2 *", "UTC", "2096-03-01T00:00Z")).toEqual(["2104-02-29T00:00"]);
  expect(times("0 0 1 1 *", "America/New_York", "2026-12-31T23:00Z")).toEqual(["2027-01-01T05:00"]);
});

/** Minute by minute, by what the clock on the wall shows: for schedules that go by time that passes. */
function slowly(
  { minutes, weekdays, months, days }: Schedule,
  zone: string,
  from: number,
  step: number,
): number | undefined {
  for (let time = from, left = 20_000; left > 0; time += step, left--) {
    const wall = new Date(time + offsetAt(zone, time));
    const fits =
      minutes.includes(wall.getUTCMinutes()) &&
      weekdays.includes(wall.getUTCDay()) &&
      days.includes(wall.getUTCDate()) &&
      months.includes(wall.getUTCMonth() + 1);
    if (fits) return time;
  }
  return undefined;
}

it("is what looking at every minute finds", { timeout: 240_000 }, () => {
  const zones = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe");
  const minute = fc.constantFrom("0", "*/7", "59", "30");
  const weekday = fc.constantFrom("*", "sun", "mon-fri");
  const start = Date.UTC(2026, 0, 1) / 60_000;
  fc.assert(
    fc.property(minute, weekday, zones, fc.integer({ min: 0, max: 366 * 1440 }), (minutes, week, zone, at) => {
      const schedule = read(`${minutes} * * * ${week}`);
      const now = (start + at) * 60_000;
      expect(timeAfter(schedule, zone, new Date(now))?.getTime()).toBe(slowly(schedule, zone, now + 60_000, 60_000));
      expect(timeUpTo(schedule, zone, new Date(now))?.getTime()).toBe(slowly(schedule, zone, now, -60_000));
    }),
    { numRuns: 60 },
  );
});

it("forwards and backwards agree, at any hour", () => {
  const zones = fc.constantFrom("Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca");
  fc.assert(
    fc.property(fc.nat(23), fc.nat(59), zones, fc.nat(366 * 24), (hour, minute, zone, at) => {
      const schedule = read(`${minute} ${hour} * * *`);
      const next = timeAfter(schedule, zone, new Date(Date.UTC(2026, 0, 1, at)));
      if (next === undefined) throw new Error("every day has one");
      expect(timeUpTo(schedule, zone, next)).toEqual(next);
      expect(timeUpTo(schedule, zone, new Date(next.getTime() - 1))?.getTime()).toBeLessThan(next.getTime());
    }),
  );
});
