import { OmgError } from "../../../schema/error.ts";

const TIME = /^(\d{4})[-/]?(\d{2})[-/]?(\d{2})(?:T(\d{2}):?(\d{2}):?(\d{2})Z)?$/;

/**
 * The time as snapshot archives and apt write it, `20261115T060000Z`; a date alone is its first instant, in UTC. Errors: OmgError
 * `snapshot-invalid`. Pure.
 */
export function snapshotId(written: string): string {
  const [, year, month, day, hour = "00", minute = "00", second = "00"] = TIME.exec(written) ?? [];
  const id = `${year}${month}${day}T${hour}${minute}${second}Z`;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // A day that the month does not have becomes one of the next.
  if (!Number.isNaN(time.getTime()) && idOf(time) === id) return id;
  throw new OmgError({
    code: "snapshot-invalid",
    exit: "invalid",
    message: `apt.snapshot is ${JSON.stringify(written)}, and there is no such time.`,
    state: "Nothing was changed.",
    hint: "Write a date such as 2026-11-15, or a time such as 20261115T060000Z.",
  });
}

/** The time of an id that `snapshotId` made. Pure. */
export function timeOf(id: string): Date {
  const [, year, month, day, hour, minute, second] = TIME.exec(id) ?? [];
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** The id of a time, to the second. Pure. */
export function idOf(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}
