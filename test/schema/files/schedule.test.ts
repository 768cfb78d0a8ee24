import { describe, expect, it, test } from "vitest";
import { isTimeZone, parseSchedule } from "../../../schema/files/schedule.ts";

describe("a cron expression", () => {
  it("has lists, ranges, steps and names", () => {
    expect(parseSchedule("0,30 1-3 */10 jan,Jun-jul MON-fri")).toEqual({
      minutes: [0, 30],
      hours: [1, 2, 3],
      days: [1, 11, 21, 31],
      months: [1, 6, 7],
      weekdays: [1, 2, 3, 4, 5],
      eitherDay: false,
      everyHour: false,
    });
    expect(parseSchedule(" 5/20  *\t1 * 7 ")).toMatchObject({
      minutes: [5, 25, 45],
      weekdays: [0],
      eitherDay: true,
      everyHour: true,
    });
    expect(parseSchedule("0 0 * * 5-7")?.weekdays).toEqual([0, 5, 6]);
  });

  test.each([
    "",
    "* * * *",
    "* * * * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * 32 * *",
    "* * * 13 *",
    "* * * * 8",
    "5-1 * * * *",
    "*/0 * * * *",
    "*-5 * * * *",
    "1, * * * *",
    "-1 * * * *",
    "x * * * *",
    "* * * * mon-x",
    "@daily",
    "* * 31 2 *",
    "0 0 30 feb *",
    "0 0 31 4,6,9,11 *",
  ])("%j is none, or never comes", (text) => expect(parseSchedule(text)).toBeUndefined());

  it("of which either day will do comes, whatever the month's days", () => {
    expect(parseSchedule("0 0 31 2 mon")).toBeDefined();
    expect(parseSchedule("0 0 29 2 *")).toBeDefined();
  });
});

it("time zones are those that this computer knows", () => {
  expect(["UTC", "Europe/Berlin", "America/Sao_Paulo"].every(isTimeZone)).toBe(true);
  expect(["", "Europe/Nowhere", "../UTC"].some(isTimeZone)).toBe(false);
});
