import { join } from "node:path";
import type { Context } from "../../app/context.ts";
import type { AcceptedCommit } from "../../app/followed-commits.ts";
import { watchedFiles } from "../../app/watched-files.ts";
import { objectsIn } from "../../host/git-objects.ts";
import { acquireLock } from "../../host/lock.ts";
import { stripControls } from "../../host/text.ts";
import { OmgError } from "../../schema/error.ts";
import { refuseUnknown } from "../health/known.ts";
import type { Problem } from "../problem.ts";
import { problemOf } from "../problem.ts";
import { configFolderOf, type DaemonFolders, foldersOf, lockPathOf, readSettings } from "../settings.ts";
import { readState } from "../state.ts";
import { type LaidOut, ROOT, readContents, writeContents } from "./contents.ts";
import { mirrorOf } from "./head.ts";
import { keepMark, raiseMark } from "./marks.ts";
import { NOTHING_NEARBY, type RefusedNews, verifyNearby } from "./nearby.ts";
import { forgetOthers, pointTo } from "./point.ts";
import { type VerifiedSource, verifySource } from "./verify.ts";

/** What a look at the repository came to. */
export interface FetchResult {
  /** The repository without a login, and the branch or tag. */
  readonly channel: string;
  /** The newest commit that is believed. */
  readonly newest: AcceptedCommit & { readonly subject: string };
  /** `first`: none had been believed here before. */
  readonly news: "first" | "newer" | "same";
  /** How many commits were verified now. */
  readonly verified: number;
  /** What is wrong with what the commit holds: no run can be about it. */
  readonly problem?: Problem;
  /** Its files, as they lie here now; absent where it cannot be used. */
  readonly laid?: LaidOut;
  /** Where its lock lies, for `--lock`. */
  readonly lock: string;
  /** The teammate on this network whose machine sent it; absent: the repository did. */
  readonly from?: string;
  /** What other teammates sent, and why it does not count. */
  readonly refused: readonly RefusedNews[];
  /** Files and folders that tell when this machine changed. */
  readonly watch: readonly string[];
}

/**
 * Fetches the followed branch, verifies what is new, remembers it, and lays its lock out. Applies nothing. `nearby`: what teammates on this
 * network have that is newer is taken first, and the repository asked only where nobody has any.
 * @throws OmgError of `verifySource`, `busy`…
 */
export async function fetchSource(ctx: Context, nearby = false): Promise<FetchResult> {
  const settings = await readSettings(ctx);
  const { news, from, refused } = nearby ? await verifyNearby(ctx, settings) : NOTHING_NEARBY;
  const verified = news ?? (await verifySource(ctx, settings));
  const { problem, laid } = await layOut(ctx, verified);
  const result = await believe(ctx, verified, problem);
  return { ...result, ...(laid === undefined ? {} : { laid }), ...(from === undefined ? {} : { from }), refused };
}

/** Lays the lock out that a commit holds. @returns what is wrong with it, too; then what was laid out before stays */
export async function layOut(
  ctx: Context,
  { settings, objects, commit, name }: VerifiedSource,
): Promise<{ readonly laid?: LaidOut; readonly problem?: Problem }> {
  const folders = foldersOf(ctx);
  let laid: LaidOut;
  try {
    const contents = await readContents(objects, commit, settings.path, ({ health = [] }) =>
      refuseUnknown(health, settings.checks, join(configFolderOf(ctx), "config.toml")),
    );
    laid = writeContents(folders, name, contents, settings);
  } catch (error) {
    if (error instanceof OmgError) return { problem: inRepository(problemOf(error)) };
    throw error;
  }
  await tidy(folders, name);
  return { laid };
}

/**
 * Lays a commit out again that was believed before, out of what was fetched then. Asks nobody, and verifies no signature.
 * @throws OmgError of `readContents`, `object-damaged` where it was not fetched
 */
export async function layOutAgain(ctx: Context, name: string): Promise<LaidOut> {
  const settings = await readSettings(ctx);
  const objects = objectsIn((await mirrorOf(ctx, settings.repository, settings.ssh)).folder);
  const commit = (await objects.commits([name])).get(name);
  if (commit === undefined) throw new Error("what is asked for is there");
  return writeContents(foldersOf(ctx), name, await readContents(objects, commit, settings.path), settings);
}

/** From now on nothing older than what was verified counts. Errors: as for `raiseMark`. */
export async function believe(
  ctx: Context,
  { settings, before, name, by, release, commit, count }: VerifiedSource,
  problem: Problem | undefined,
): Promise<FetchResult> {
  const { channel } = settings;
  const same = before?.commit === name;
  const released = release === undefined ? {} : { release };
  const mark = same
    ? { ...before, ...released }
    : await raiseMark(ctx, channel, before, { commit: name, by, ...released });
  if (same) keepMark(ctx, channel, mark);
  return {
    channel,
    newest: { ...mark, subject: stripControls(Buffer.from(commit.subject, "latin1").toString("utf8")).slice(0, 100) },
    news: same ? "same" : before === undefined ? "first" : "newer",
    verified: count,
    ...(problem === undefined ? {} : { problem }),
    lock: lockPathOf(ctx, settings),
    refused: [],
    watch: await watchedFiles(ctx),
  };
}

/**
 * Has the lock's path lead to this commit, and removes what nobody needs any more. Where an omgd runs, or somebody has the
 * turn, that is theirs to say: a run may be about to read the lock of another commit there.
 */
async function tidy(folders: DaemonFolders, commit: string): Promise<void> {
  const { newest, inForce, unfinished } = readState(folders.state) ?? {};
  forgetOthers(folders, [commit, newest?.commit ?? "", inForce?.commit ?? "", unfinished ?? ""]);
  const lease = await acquireLock(folders.lease);
  if (!lease.held) return;
  const turn = await acquireLock(folders.turn);
  if (turn.held) pointTo(folders, commit);
  if (turn.held) turn.release();
  lease.release();
}

/** Places as people know them: from the top of the repository. */
function inRepository(problem: Problem): Problem {
  return { ...problem, details: problem.details.map((line) => line.replaceAll(`${ROOT}/`, "")) };
}
