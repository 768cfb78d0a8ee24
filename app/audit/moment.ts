import { OmgError } from "../../schema/error.ts";

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * A moment as people give it: a date or time (RFC 3339, UTC unless it says otherwise), or how long ago (`30m`, `24h`, `7d`, `2w`).
 * @throws OmgError `usage`
 */
export function momentOf(text: string, now: Date): Date {
  const [, amount, unit = ""] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  if (amount !== undefined) return new Date(now.getTime() - Number(amount) * (UNITS[unit] ?? 0) * 1000);
  const dated = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  const moment = new Date(dated !== null && dated[1] === undefined && text.length > 10 ? `${text}Z` : text);
  if (dated !== null && !Number.isNaN(moment.getTime())) return moment;
  throw new OmgError({
    code: "usage",
    exit: "error",
    message: `"${text}" is no time.`,
    hint: "Give a date or time, such as 2026-11-25 or 2026-11-25T08:30, or how long ago, such as 24h or 7d.",
  });
}
