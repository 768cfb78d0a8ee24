import { sha256 } from "../../host/digest.ts";
import type { FetchFailure } from "../../host/fetch-failure.ts";
import { LARGEST_PACK } from "../../host/git-pack.ts";
import { pathsFor } from "../../host/paths.ts";
import { readHostKey } from "../../team/host-key.ts";
import { shownKey } from "../../team/peers/certificate.ts";
import type { Known, News } from "../../team/peers/offer.ts";
import { readPresent } from "../../team/peers/present.ts";
import { inOrder } from "../../team/peers/rendezvous.ts";
import type { Context } from "../context.ts";

/** Commits that a teammate on this network sent. */
export interface OfferedNews extends News {
  /** The teammate's name. */
  readonly from: string;
}

/** So many are asked: who is asked in vain must not keep the repository from being asked for long. */
const MOST_ASKED = 3;

/**
 * Of this user's own omgd it is known who on this network spoke of a commit that is new here: they are asked one after the other, each machine beginning with
 * another one.
 * @param onFailure hears of each who did not answer as it should
 */
export async function* offeredNews(
  ctx: Context,
  repository: string,
  known: Known,
  onFailure: (name: string, failure: FetchFailure) => void,
): AsyncGenerator<OfferedNews> {
  const paths = pathsFor(ctx.uid === 0 ? "system" : "user", ctx);
  const present = readPresent(paths.state, ctx.now());
  const key = readHostKey(paths.data);
  if (present === undefined || present.repository !== repository || key === undefined) return;
  const { askNews } = await import("../../team/peers/news.ts"); // with all of http and TLS
  const speaking = present.peers.filter(({ commit }) => commit !== undefined && commit !== known.commit);
  const shown = shownKey(key.privateKey);
  for (const peer of inOrder(speaking, sha256(key.open)).slice(0, MOST_ASKED)) {
    const handshake = { place: peer, shown, members: [peer], limitMs: CONNECT_MS };
    const news = await askNews(handshake, known, LARGEST_PACK).catch((cause: FetchFailure) =>
      onFailure(peer.name, cause),
    );
    ctx.signal.throwIfAborted();
    if (news !== undefined) yield { ...news, from: peer.name };
  }
}

/** On one network it is short. Milliseconds. */
const CONNECT_MS = 2000;
