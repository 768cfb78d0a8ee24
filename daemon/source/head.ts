import type { Context } from "../../app/context.ts";
import { type Mirror, openMirror } from "../../host/git-mirror.ts";
import { OmgError } from "../../schema/error.ts";
import { foldersOf, type Settings } from "../settings.ts";

const HEAD = "refs/omg/followed";
/** Bytes that one file of the copy may have: locks are small. */
const LARGEST = 1 << 30;

/**
 * Fetches the followed branch or tag into omg's own copy, and says which commit it is at. Nothing of it is believed yet.
 * @throws OmgError `repository-unreachable`, `commit-missing`, `git-missing`
 */
export async function fetchHead(
  ctx: Context,
  { repository, reference, channel }: Settings,
): Promise<{ readonly mirror: Mirror; readonly commit: string }> {
  const protocols = new URL(repository).protocol.slice(0, -1);
  const folder = foldersOf(ctx).mirrors;
  const mirror = await openMirror({ folder, address: repository, strict: true, protocols, largest: LARGEST });
  await mirror.fetch([`+${reference}:${HEAD}`], ctx.signal);
  const commit = await mirror.commitOf(HEAD);
  if (commit !== undefined) return { mirror, commit };
  throw new OmgError({
    code: "commit-missing",
    exit: "refused",
    message: `What is followed (${channel}) is no commit.`,
    state: "The machine stays as it is.",
    hint: "Look at `branch` and `tag` in config.toml.",
  });
}
