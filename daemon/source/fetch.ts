import { join } from "node:path";
import type { Context } from "../../app/context.ts";
import { type AcceptedCommit, commitJudge } from "../../app/followed-commits.ts";
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
import { ROOT, readContents, writeContents } from "./contents.ts";
import { verifySince } from "./history.ts";
import { keepMark, raiseMark, readMark } from "./marks.ts";
import { forgetOthers, pointTo } from "./point.ts";
import { fetchTarget } from "./target.ts";

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
  /** Where its lock lies, for `--lock`. */
  readonly lock: string;
  /** Files and folders that tell when this machine changed. */
  readonly watch: readonly string[];
}

/**
 * Fetches the followed branch, verifies what is new, remembers it, and lays its lock out. Applies nothing.
 * @throws OmgError of `verifySince`, `repository-unreachable`, `signers-invalid`, `busy`…
 */
export async function fetchSource(ctx: Context): Promise<FetchResult> {
  const settings = await readSettings(ctx);
  const { channel, path } = settings;
  const folders = foldersOf(ctx);
  const judge = await commitJudge(ctx, settings.signers);
  const before = readMark(ctx, channel);
  if (before !== undefined) keepMark(ctx, channel, before);
  const { mirror, commit: to, release } = await fetchTarget(ctx, settings, before);
  const objects = objectsIn(mirror.folder);
  const same = before?.commit === to;
  const { commit, by, count } = same
    ? { ...(await believed(objects, to)), by: before.by, count: 0 }
    : await verifySince(mirror, objects, judge, { from: before?.commit, to });
  const released = release === undefined ? {} : { release };
  const mark = same
    ? { ...before, ...released }
    : await raiseMark(ctx, channel, before, { commit: to, by, ...released });
  if (same) keepMark(ctx, channel, mark);
  const problem = await layOut();
  return {
    channel,
    newest: { ...mark, subject: stripControls(Buffer.from(commit.subject, "latin1").toString("utf8")).slice(0, 100) },
    news: same ? "same" : before === undefined ? "first" : "newer",
    verified: count,
    ...(problem === undefined ? {} : { problem }),
    lock: lockPathOf(ctx, settings),
    watch: await watchedFiles(ctx),
  };

  async function layOut(): Promise<Problem | undefined> {
    try {
      const contents = await readContents(objects, commit, path, ({ health = [] }) =>
        refuseUnknown(health, settings.checks, join(configFolderOf(ctx), "config.toml")),
      );
      writeContents(folders, mark.commit, contents, settings);
    } catch (error) {
      if (error instanceof OmgError) return inRepository(problemOf(error));
      throw error;
    }
    await tidy(folders, mark.commit);
    return undefined;
  }
}

/**
 * Has the lock's path lead to this commit, and removes what nobody needs any more. Where an omgd runs, that is its own to say: a run of
 * it may be about to read the lock of another commit there.
 */
async function tidy(folders: DaemonFolders, commit: string): Promise<void> {
  const { newest, inForce, unfinished } = readState(folders.state) ?? {};
  forgetOthers(folders, [commit, newest?.commit ?? "", inForce?.commit ?? "", unfinished ?? ""]);
  const lock = await acquireLock(folders.lease);
  if (!lock.held) return;
  pointTo(folders, commit);
  lock.release();
}

/** Places as people know them: from the top of the repository. */
function inRepository(problem: Problem): Problem {
  return { ...problem, details: problem.details.map((line) => line.replaceAll(`${ROOT}/`, "")) };
}

/** What was verified before is only read. */
async function believed(objects: ReturnType<typeof objectsIn>, name: string) {
  const commit = (await objects.commits([name])).get(name);
  if (commit === undefined) throw new Error("what is asked for is there");
  return { commit };
}
