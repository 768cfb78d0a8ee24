import type { Context } from "../../app/context.ts";
import { type AcceptedCommit, commitJudge } from "../../app/followed-commits.ts";
import { type HistoryJudge, type TeamHistory, teamHistory } from "../../app/team/judge.ts";
import type { Commit } from "../../host/git-commit.ts";
import { type Objects, objectsIn } from "../../host/git-objects.ts";
import type { Settings } from "../settings.ts";
import { fetchHead, type Heads } from "./head.ts";
import { type Verified, verifySince } from "./history.ts";
import { keepMark, readMark } from "./marks.ts";
import { targetOf } from "./target.ts";

/** What was fetched and verified, and is not believed yet. */
export interface VerifiedSource extends Verified {
  readonly settings: Settings;
  readonly objects: Objects;
  /** Of the newest commit. */
  readonly name: string;
  /** What was believed until now. */
  readonly before: AcceptedCommit | undefined;
  /** Version of the release that names it. */
  readonly release?: number;
  /** Of a team's repository: its trust documents, the one in force last. */
  readonly chain?: TeamHistory["chain"];
}

/**
 * Fetches what is followed, and verifies what is new of it. Nothing is remembered.
 * @throws OmgError of `verifySince` and `teamHistory`, `repository-unreachable`, `signers-invalid`…
 */
export async function verifySource(ctx: Context, settings: Settings): Promise<VerifiedSource> {
  return verifyHeads(ctx, settings, () => fetchHead(ctx, settings));
}

/** As `verifySource`, of what anybody says to be the newest. */
export async function verifyHeads(
  ctx: Context,
  settings: Settings,
  heads: () => Promise<Heads>,
): Promise<VerifiedSource> {
  const signers = settings.team === undefined ? await signersJudge(ctx, settings.signers) : undefined;
  const before = readMark(ctx, settings.channel);
  if (before !== undefined) keepMark(ctx, settings.channel, before);
  const found = await heads();
  const { mirror } = found;
  const { commit: name, release } = await targetOf(ctx, settings, found, before);
  const objects = objectsIn(mirror.folder);
  const source = { settings, objects, name, before, ...(release === undefined ? {} : { release }) };
  const from = before?.commit;
  if (signers !== undefined) return { ...source, ...(await verified(signers, false)) };
  const { chain, judge } = await teamHistory(ctx, objects, {
    fingerprint: settings.team ?? "",
    // One that was lost with the copy is told where history is looked at.
    from: from !== undefined && (await mirror.has(from)) ? from : undefined,
    to: name,
  });
  return { ...source, chain, ...(await verified(judge, true)) };

  async function verified(judge: HistoryJudge, whole: boolean): Promise<Verified> {
    return before?.commit === name
      ? { commit: await believed(objects, name), by: before.by, count: 0 }
      : verifySince(mirror, objects, judge, { from, to: name, whole });
  }
}

async function signersJudge(ctx: Context, folder: string): Promise<HistoryJudge> {
  const judge = await commitJudge(ctx, folder);
  return async () => (_name, commit) => judge(commit);
}

/** What was verified before is only read. */
async function believed(objects: Objects, name: string): Promise<Commit> {
  const commit = (await objects.commits([name])).get(name);
  if (commit === undefined) throw new Error("what is asked for is there");
  return commit;
}
