import type { Context } from "../../app/context.ts";
import type { Known, News } from "../../app/peers/exchange.ts";
import { packSince } from "../../host/git-pack.ts";
import type { Settings } from "../settings.ts";
import { mirrorOf, RELEASE } from "../source/head.ts";

/** Answers that are kept: nearly all teammates ask the same. */
const MOST_KEPT = 4;

/**
 * Has what teammates lack of the followed branch, up to the newest commit that is believed here. Packs are made one at a time, whoever asks.
 * @param followed as it is at the moment; `commit`: the newest
 */
export function openNews(
  ctx: Context,
  followed: () => { readonly settings: Settings; readonly commit: string | undefined } | undefined,
): (known: Known) => Promise<News | undefined> {
  const kept = new Map<string, Promise<News | undefined>>();
  let last: Promise<unknown> = Promise.resolve();
  return async (known) => {
    const { settings, commit } = followed() ?? {};
    if (settings === undefined || commit === undefined) return undefined;
    const question = JSON.stringify([settings.channel, commit, known]);
    const present = kept.get(question);
    if (present !== undefined) return present;
    const making = last.then(() => newsSince(ctx, settings, commit, known)).catch(() => undefined);
    last = making;
    kept.set(question, making);
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    const made = await making;
    if (made === undefined) kept.delete(question);
    return made;
  };
}

async function newsSince(ctx: Context, settings: Settings, commit: string, known: Known): Promise<News | undefined> {
  const mirror = await mirrorOf(ctx, settings.repository, settings.ssh);
  // Whoever names a commit of another branch, or one that is not here, follows something else.
  if (!(await mirror.has(known.commit)) || !(await mirror.isAncestor(known.commit, commit))) return undefined;
  const release = settings.release === undefined ? undefined : await mirror.commitOf(RELEASE);
  if (known.commit === commit && known.release === release) return undefined;
  const isHere = known.release !== undefined && (await mirror.has(known.release));
  const without = [known.commit, ...(isHere && known.release !== undefined ? [known.release] : [])];
  const tips = release === undefined ? {} : { release };
  const pack = await packSince(mirror, [commit, ...Object.values(tips)], without, ctx.signal);
  return pack === undefined ? undefined : { commit, ...tips, pack };
}
