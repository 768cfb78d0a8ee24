import { join } from "node:path";
import type { Context } from "../../app/context.ts";
import { type AcceptedCommit, acceptedByLog, logAccepted } from "../../app/followed-commits.ts";
import { sha256 } from "../../host/digest.ts";
import { failpoint } from "../../host/failpoint.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import { foldersOf } from "../settings.ts";

// The highest commit that was believed here stands in the log and in a file of the state folder. Nothing older is taken again, so
// whoever could make one of them forget must not win by it: the higher of the two counts.

/**
 * The newest commit of a channel that was believed here; undefined for one that nobody looked at before.
 * @throws OmgError `record-damaged` where log and file name two commits at once
 */
export function readMark(ctx: Context, channel: string): AcceptedCommit | undefined {
  const kept = readKept(ctx, channel);
  const logged = acceptedByLog(ctx, channel);
  if (kept === undefined || logged === undefined) return kept ?? logged;
  if (kept.number === logged.number && kept.commit !== logged.commit) throw damaged(fileOf(ctx, channel));
  const higher = kept.number > logged.number ? kept : logged;
  const release = Math.max(kept.release ?? 0, logged.release ?? 0);
  return release === 0 ? higher : { ...higher, release };
}

/** From now on nothing older counts. First in the log, then in the file. Errors: as for `logAccepted`. */
export async function raiseMark(
  ctx: Context,
  channel: string,
  before: AcceptedCommit | undefined,
  { commit, by, release }: Pick<AcceptedCommit, "commit" | "by" | "release">,
): Promise<AcceptedCommit> {
  const number = (before?.number ?? 0) + 1;
  let mark: AcceptedCommit | undefined;
  const known = { commit, by, ...(release === undefined ? {} : { release }) };
  await logAccepted(ctx, channel, { ...known, number }, (time) => {
    failpoint("daemon.commit-logged");
    mark = { ...known, number, time };
    keepMark(ctx, channel, mark);
  });
  if (mark === undefined) throw new Error("the log was written");
  return mark;
}

/** Writes the file anew where it does not say what counts: it was lost, or the run that should have written it was killed. */
export function keepMark(ctx: Context, channel: string, mark: AcceptedCommit): void {
  const kept = readKept(ctx, channel);
  if (kept?.number === mark.number && kept.release === mark.release) return;
  const file = fileOf(ctx, channel);
  makeFolder(foldersOf(ctx).all);
  writeAtomic(file, `${JSON.stringify({ channel, ...mark }, undefined, 1)}\n`, 0o600);
}

function fileOf(ctx: Context, channel: string): string {
  return join(foldersOf(ctx).all, `accepted-${sha256(channel).slice(0, 16)}.json`);
}

function readKept(ctx: Context, channel: string): AcceptedCommit | undefined {
  const file = fileOf(ctx, channel);
  const bytes = readIfPresent(file, 1 << 16);
  if (bytes === undefined) return undefined;
  const { channel: named, commit, number, time, by, release } = parsed(bytes);
  if (named !== channel || !/^[0-9a-f]{40}$/.test(String(commit)) || !Number.isSafeInteger(number)) throw damaged(file);
  const all = { commit: String(commit), number: Number(number), time: String(time), by: String(by) };
  return typeof release === "number" ? { ...all, release } : all;
}

function parsed(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function damaged(file: string): OmgError {
  return new OmgError({
    code: "record-damaged",
    exit: "error",
    message: `omg's own record ${file} does not say what the log says of the newest commit that was believed.`,
    state: "No commit is taken: an older one could be put in its place.",
    hint: "`omg audit log --event commit.accepted` shows what was believed. Restore the file from a backup, or remove it: the log counts then.",
  });
}
