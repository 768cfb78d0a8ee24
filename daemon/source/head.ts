import type { Context } from "../../app/context.ts";
import { refuseForeign } from "../../app/own-files.ts";
import { type Bare, type Mirror, openMirror } from "../../host/git-mirror.ts";
import { OmgError } from "../../schema/error.ts";
import { foldersOf, type Settings } from "../settings.ts";

/** Of omg's own copy: what is followed, and the branch of releases. */
export const HEAD = "refs/omg/followed";
export const RELEASE = "refs/omg/release";
/** Bytes that one file of the copy may have: locks are small. */
const LARGEST = 1 << 30;

/** Where what is followed is at, by whoever said so. Nothing of it is believed yet. */
export interface Heads<B extends Bare = Bare> {
  readonly mirror: B;
  readonly commit: string;
  /** Of the branch of releases. */
  readonly release?: string;
}

/**
 * Fetches the followed branch or tag, and that of releases where they are required, into omg's own copy.
 * @throws OmgError `repository-unreachable`, `commit-missing`, `git-missing`
 */
export async function fetchHead(
  ctx: Context,
  { repository, reference, channel, ssh, release }: Settings,
): Promise<Heads<Mirror>> {
  const mirror = await mirrorOf(ctx, repository, ssh);
  const releases = release === undefined ? [] : [`+refs/heads/${release.branch}:${RELEASE}`];
  await mirror.fetch([`+${reference}:${HEAD}`, ...releases], ctx.signal);
  const commit = await mirror.commitOf(HEAD);
  const at = release === undefined ? undefined : await mirror.commitOf(RELEASE);
  if (commit !== undefined) return { mirror, commit, ...(at === undefined ? {} : { release: at }) };
  throw new OmgError({
    code: "commit-missing",
    exit: "refused",
    message: `What is followed (${channel}) is no commit.`,
    state: "The machine stays as it is.",
    hint: "Look at `branch` and `tag` in config.toml.",
  });
}

/**
 * omg's own copy of a repository.
 * @throws OmgError `ssh-files-of-another`, `git-missing`
 */
export async function mirrorOf(ctx: Context, address: string, ssh: Settings["ssh"]): Promise<Mirror> {
  const protocols = new URL(address).protocol.slice(0, -1);
  const folder = foldersOf(ctx).mirrors;
  if (protocols === "ssh" && ssh !== undefined)
    for (const path of [ssh.key, ssh.knownHosts])
      refuseForeign(ctx, path, "ssh-files-of-another", "say which server is believed");
  const options = { folder, address, strict: true, protocols, largest: LARGEST };
  return openMirror(protocols === "ssh" && ssh !== undefined ? { ...options, ssh } : options);
}
