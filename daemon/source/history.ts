import type { HistoryJudge } from "../../app/team/judge.ts";
import { gitOk } from "../../host/git.ts";
import type { Commit } from "../../host/git-commit.ts";
import type { Bare } from "../../host/git-mirror.ts";
import type { Objects } from "../../host/git-objects.ts";
import { stripControls } from "../../host/text.ts";
import { OmgError } from "../../schema/error.ts";

/** A commit that is believed, with everything between it and the one before. */
export interface Verified {
  readonly commit: Commit;
  /** Who signed the newest. */
  readonly by: string;
  /** How many were verified. */
  readonly count: number;
}

/** More than this between two looks is no work of people. */
const MOST = 10_000;

/**
 * Verifies the commit `to`, and with `from`, the last one that was believed, every commit since it: that they lead from one to the other,
 * and that each is signed by somebody who may. Without `from` the newest alone is verified, since it vouches for what it was built on; `whole`: every
 * commit that it was built on.
 * @throws OmgError `commit-rewound`, `history-rewritten`, `commit-refused`, `history-too-long`
 */
export async function verifySince(
  mirror: Bare,
  objects: Objects,
  judge: HistoryJudge,
  { from, to, whole }: { readonly from: string | undefined; readonly to: string; readonly whole: boolean },
): Promise<Verified> {
  const names = from === undefined && !whole ? [to] : await namesSince(mirror, from, to);
  const commits = await objects.commits(names);
  if (from !== undefined && !leadsTo(commits, to, from)) throw await unconnected(mirror, from, to);
  if (from === undefined && whole) refuseGaps(commits, to);
  const verdictOn = await judge(commits);
  let newest: { readonly commit: Commit; readonly by: string } | undefined;
  for (const [name, commit] of commits) {
    const verdict = await verdictOn(name, commit);
    if (!verdict.good) throw refused(name, commit, verdict);
    if (name === to) newest = { commit, by: verdict.by };
  }
  if (newest === undefined) throw new Error("the newest commit is among those that were read");
  return { ...newest, count: commits.size };
}

/** The commits that `to` rests on and `from` does not. */
async function namesSince({ folder }: Bare, from: string | undefined, to: string): Promise<readonly string[]> {
  const without = from === undefined ? [] : [`^${from}`];
  const listed = await gitOk(["rev-list", `--max-count=${MOST + 1}`, to, ...without, "--"], { folder }).catch(() => "");
  const names = listed.split("\n").filter((name) => /^[0-9a-f]{40}$/.test(name));
  if (names.length <= MOST) return names;
  throw new OmgError({
    code: "history-too-long",
    exit: "refused",
    message: `${from === undefined ? "Up to" : `Between ${from} and`} ${to} lie more than ${MOST} commits.`,
    state: "The machine stays as it is.",
    hint: "Find out why, then `omg daemon accept` takes the newest as it is.",
  });
}

/** git may not leave out what a commit rests on. */
function refuseGaps(commits: ReadonlyMap<string, Commit>, to: string): void {
  const named = [to, ...[...commits.values()].flatMap(({ parents }) => parents)];
  const missing = named.find((name) => !commits.has(name));
  if (missing === undefined) return;
  throw new OmgError({
    code: "object-damaged",
    exit: "refused",
    message: `git did not name ${missing}, which the newest commit rests on.`,
    state: "The machine stays as it is.",
    hint: "Remove the copy of the repository, which omg fetches again, and look at the disk.",
  });
}

/**
 * Whether a way leads from `to` through these commits to `from`. git named them, and may have been deceived; what their objects
 * say of their parents was hashed here.
 */
function leadsTo(commits: ReadonlyMap<string, Commit>, to: string, from: string): boolean {
  const seen = new Set<string>();
  const open = [to];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === from) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(commits.get(name)?.parents ?? []));
  }
  return false;
}

async function unconnected(mirror: Bare, from: string, to: string): Promise<OmgError> {
  const back = await mirror.isAncestor(to, from);
  return new OmgError({
    code: back ? "commit-rewound" : "history-rewritten",
    exit: "refused",
    message: back
      ? `Commit ${to} is older than ${from}, believed here before: it went back.`
      : `Commit ${to} does not rest on ${from}, believed here before: its history was rewritten.`,
    state: "The machine stays as it is.",
    hint: `Find out who did that and why. If it is meant: omg daemon accept ${to}`,
  });
}

function refused(name: string, { subject, committer }: Commit, { code, detail }: { code: string; detail: string }) {
  const author = committer.replace(/ <.*/s, "");
  return new OmgError({
    code,
    exit: "refused",
    message: `Commit ${name} (${shown(subject)}, by ${shown(author)}) does not count: ${detail}`,
    state: "The machine stays as it is.",
    hint: "Each commit has to be signed by a key of trust/signers, or by one that the team's trust document gives the role. Ask whoever made it; see docs/daemon.md and docs/teams.md.",
  });
}

/** As people wrote it, short, and harmless to a terminal. */
function shown(text: string): string {
  return stripControls(Buffer.from(text, "latin1").toString("utf8")).slice(0, 72);
}
