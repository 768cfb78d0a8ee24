import { z } from "zod";
import { oneLine } from "./names.ts";
import { isTimeZone, parseSchedule } from "./schedule.ts";

/** A cron expression (crontab(5)). */
export const schedule = oneLine.refine((text) => parseSchedule(text) !== undefined, {
  error:
    'is no time that comes: write minute, hour, day of the month, month and day of the week, such as "0 2 * * sat"',
});

export const timeZone = oneLine.refine(isTimeZone, { error: "is not a time zone such as Europe/Berlin" });

/** Maintenance windows, in config.toml and policy.toml alike. */
export const windows = z
  .array(
    z.strictObject({
      opens: schedule.describe("When it opens: a cron expression."),
      minutes: z.int().positive().max(44_640).describe("How long it is open."),
      "time-zone": timeZone.exactOptional().describe("What the expression goes by, as tzdata names it. Default: UTC."),
      for: z
        .array(z.enum(["drift", "roll-forward"]))
        .min(1)
        .exactOptional()
        .describe("What may be begun in it. Default: both."),
    }),
  )
  .min(1);
