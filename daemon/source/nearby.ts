import type { Context } from "../../app/context.ts";
import type { AcceptedCommit } from "../../app/followed-commits.ts";
import type { News } from "../../app/peers/exchange.ts";
import { offeredNews } from "../../app/peers/news.ts";
import { withoutCredentials } from "../../host/address.ts";
import type { FetchFailure } from "../../host/fetch-failure.ts";
import type { Mirror } from "../../host/git-mirror.ts";
import { objectsIn } from "../../host/git-objects.ts";
import { keepPack, withPack } from "../../host/git-pack.ts";
import { OmgError } from "../../schema/error.ts";
import type { Settings } from "../settings.ts";
import { HEAD, mirrorOf, RELEASE } from "./head.ts";
import { readMark } from "./marks.ts";
import { type VerifiedSource, verifyHeads } from "./verify.ts";

/** What a teammate sent that does not count. */
export interface RefusedNews {
  /** The teammate's name. */
  readonly teammate: string;
  readonly message: string;
}

/** What teammates have that is newer than what was believed here. */
interface NearbyNews {
  readonly news?: VerifiedSource;
  /** Who sent it. */
  readonly from?: string;
  readonly refused: readonly RefusedNews[];
}

export const NOTHING_NEARBY: NearbyNews = { refused: [] };

/**
 * Takes newer commits from teammates on this network. They are verified as what the repository itself sends, beside omg's own copy of it; only
 * what is good gets in there. Nothing is remembered yet. Who teammates are, a commit says that is believed: so there is one, and each offer rests on it.
 * @throws never for what somebody sent
 */
export async function verifyNearby(ctx: Context, settings: Settings): Promise<NearbyNews> {
  const before = readMark(ctx, settings.channel);
  if (before === undefined) return NOTHING_NEARBY;
  const mirror = await mirrorOf(ctx, settings.repository, settings.ssh);
  if (!(await mirror.has(before.commit))) return NOTHING_NEARBY;
  const at = settings.release === undefined ? undefined : await mirror.commitOf(RELEASE);
  const known = { commit: before.commit, ...(at === undefined ? {} : { release: at }) };
  const refused: RefusedNews[] = [];
  // Who is gone, or has too much to do, sent nothing that would not count.
  const onFailure = (teammate: string, { message, isMismatch, reason }: FetchFailure) => {
    if (isMismatch || reason === "http-status") refused.push({ teammate, message });
  };
  for await (const offered of offeredNews(ctx, withoutCredentials(settings.repository), known, onFailure)) {
    try {
      return { news: await tryNews(ctx, settings, mirror, before, offered), from: offered.from, refused };
    } catch (error) {
      ctx.signal.throwIfAborted();
      if (!(error instanceof OmgError)) throw error;
      // What is wrong with this machine, the look at the repository says.
      if (error.exit === "refused") refused.push({ teammate: offered.from, message: error.message });
    }
  }
  return { refused };
}

async function tryNews(
  ctx: Context,
  settings: Settings,
  mirror: Mirror,
  before: AcceptedCommit,
  news: News,
): Promise<VerifiedSource> {
  const { pack, ...heads } = news;
  const found = await withPack(mirror, pack, ctx.signal, (trial) =>
    verifyHeads(ctx, settings, async () => ({ mirror: trial, ...heads })),
  );
  if (found.name === before.commit && (found.release ?? 0) <= (before.release ?? 0)) throw nothingNew();
  const references = { [HEAD]: heads.commit, ...(heads.release === undefined ? {} : { [RELEASE]: heads.release }) };
  await keepPack(mirror, pack, references, ctx.signal);
  return { ...found, objects: objectsIn(mirror.folder) };
}

function nothingNew(): OmgError {
  return new OmgError({
    code: "nothing-new",
    exit: "refused",
    message: "It spoke of a newer commit, and sent none.",
    state: "Nothing was changed.",
  });
}
