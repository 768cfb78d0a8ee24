import type { Context } from "../../app/context.ts";
import { type AcceptedCommit, commitJudge } from "../../app/followed-commits.ts";
import { withoutCredentials } from "../../host/address.ts";
import type { Bare } from "../../host/git-mirror.ts";
import { objectsIn } from "../../host/git-objects.ts";
import { OmgError } from "../../schema/error.ts";
import { type Release, releaseSchema } from "../../schema/wire/release-schema.ts";
import type { Settings } from "../settings.ts";
import type { Heads } from "./head.ts";
import { faultOf } from "./statement.ts";

/** The commit that this machine is to go to, if it is believed. */
export interface Target {
  readonly commit: string;
  /** Version of the release that names it; absent where none is required. */
  readonly release?: number;
}

/** File of a release in the top folder of its branch. */
const FILE = "release.json";

/**
 * The newest commit of what is followed or, where releases are required, the one that the newest release names.
 * @param before the newest commit that was believed
 * @throws OmgError `release-missing`, `release-invalid`, `release-refused`, `release-of-another`, `release-expired`, `release-older`,
 * `release-elsewhere`
 */
export async function targetOf(
  ctx: Context,
  settings: Settings,
  { mirror, commit: head, release: at }: Heads,
  before: AcceptedCommit | undefined,
): Promise<Target> {
  if (settings.release === undefined) return { commit: head };
  if (at === undefined) throw fault("release-missing", `${settings.release.branch} is no commit.`);
  const { commit, version } = await readRelease(ctx, settings, mirror, at, before);
  if (commit !== head && !(await mirror.isAncestor(commit, head)))
    throw fault("release-elsewhere", `It names commit ${commit}, which is not on what is followed.`);
  return { commit, release: version };
}

async function readRelease(
  ctx: Context,
  settings: Settings,
  { folder }: Bare,
  at: string,
  before: AcceptedCommit | undefined,
): Promise<Release> {
  const objects = objectsIn(folder);
  const carrier = (await objects.commits([at])).get(at);
  if (carrier === undefined) throw fault("release-missing", "Its commit is not there.");
  const verdict = await (await commitJudge(ctx, settings.release?.signers ?? ""))(carrier);
  if (!verdict.good) throw fault("release-refused", verdict.detail);
  const text = await objects.text(carrier.tree, FILE);
  if (text === undefined) throw fault("release-missing", `Its branch has no ${FILE}.`);
  const statement = parse(text);
  const found = faultOf(statement, {
    repository: withoutCredentials(settings.repository),
    channel: settings.reference.replace(/^refs\/(?:heads|tags)\//, ""),
    now: ctx.now(),
    ...(before?.release === undefined ? {} : { before: { version: before.release, commit: before.commit } }),
  });
  if (found !== undefined) throw fault(found.code, found.detail);
  return statement;
}

function parse(text: string): Release {
  try {
    return releaseSchema.parse(JSON.parse(text));
  } catch {
    throw fault("release-invalid", `${FILE} is not of the form that docs/daemon.md has.`);
  }
}

function fault(code: string, detail: string): OmgError {
  return new OmgError({
    code,
    exit: "refused",
    message: `The release does not count: ${detail}`,
    state: "The machine stays as it is.",
    hint: "Whoever releases signs a newer one; see docs/daemon.md.",
  });
}
