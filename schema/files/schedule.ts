/** Times of a cron expression, field by field: each lists what it admits, in order. */
export interface Schedule {
  /** 0 to 59. */
  readonly minutes: readonly number[];
  /** 0 to 23. */
  readonly hours: readonly number[];
  /** Days of the month, 1 to 31. */
  readonly days: readonly number[];
  /** 1 to 12. */
  readonly months: readonly number[];
  /** 0, Sunday, to 6. */
  readonly weekdays: readonly number[];
  /** Both kinds of days are limited: then either will do (crontab(5)). */
  readonly eitherDay: boolean;
  /** The hours begin with `*`: it goes by time that passes, and not by what the clock on the wall says (cron(8), on daylight saving). */
  readonly everyHour: boolean;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/**
 * Reads the five fields of crontab(5): minute, hour, day of the month, month and day of the week, with lists, ranges, steps and English names.
 * @returns undefined for what is none, and for one that never comes, such as the 31st of February
 */
export function parseSchedule(text: string): Schedule | undefined {
  const fields = text.trim().split(/[ \t]+/);
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  const minutes = valuesOf(minute, 0, 59);
  const hours = valuesOf(hour, 0, 23);
  const days = valuesOf(day, 1, 31);
  const months = valuesOf(month, 1, 12, MONTHS);
  const weekdays = valuesOf(weekday, 0, 7, WEEKDAYS);
  if (fields.length !== 5 || !minutes || !hours || !days || !months || !weekdays) return undefined;
  const eitherDay = !day.startsWith("*") && !weekday.startsWith("*");
  if (!eitherDay && !months.some((each) => days.some((one) => one <= (LONGEST[each - 1] ?? 0)))) return undefined;
  const week = [...new Set(weekdays.map((each) => each % 7))].sort((a, b) => a - b);
  return { minutes, hours, days, months, weekdays: week, eitherDay, everyHour: hour.startsWith("*") };
}

/** Days of the months, in a leap year. */
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** @returns in order, each once; undefined where the field is none */
function valuesOf(field: string, first: number, last: number, names: readonly string[] = []): number[] | undefined {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const [, from = "", to, step] = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d{1,3}))?$/.exec(part.toLowerCase()) ?? [];
    const all = from === "*";
    const low = all ? first : numberOf(from, first, names);
    const high = all ? last : to !== undefined ? numberOf(to, first, names) : step === undefined ? low : last;
    const by = step === undefined ? 1 : Number(step);
    if (low === undefined || high === undefined || (all && to !== undefined)) return undefined;
    if (low < first || high > last || low > high || by === 0) return undefined;
    for (let value = low; value <= high; value += by) found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}

function numberOf(word: string, first: number, names: readonly string[]): number | undefined {
  if (/^\d{1,2}$/.test(word)) return Number(word);
  const at = names.indexOf(word);
  return at === -1 ? undefined : at + first;
}

/** Whether this computer knows a time zone by this name (tzdata). */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
