import type { IncomingMessage, ServerResponse } from "node:http";
import { FetchFailure } from "../../host/fetch-failure.ts";
import { askMember } from "./ask.ts";
import type { Handshake } from "./handshake.ts";
import { COMMIT_HEADER, COMMITS, commitIn, type Known, type News, type Offer, RELEASE_HEADER } from "./offer.ts";
import type { Throttle } from "./throttle.ts";

/** Sends what is newer than what the question names. @returns whether there was something to send */
export async function sendNews(
  { method, url = "" }: IncomingMessage,
  response: ServerResponse,
  offer: Offer,
  throttle: Throttle,
): Promise<boolean> {
  const [, commit, release] = /^\/1\/commits\/([0-9a-f]{40})(?:\/([0-9a-f]{40}))?$/.exec(url) ?? [];
  if (method !== "GET" || commit === undefined) return false;
  const news = await offer.news({ commit, ...(release === undefined ? {} : { release }) });
  if (news === undefined) return false;
  await throttle(news.pack.length);
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-length": news.pack.length,
    [COMMIT_HEADER]: news.commit,
    ...(news.release === undefined ? {} : { [RELEASE_HEADER]: news.release }),
  });
  response.end(news.pack);
  return true;
}

/** How long a teammate may take for all of it. Milliseconds. */
const LIMIT_MS = 30_000;

/**
 * Asks a teammate for the commits that it has and this machine has not. Whatever comes is anybody's word.
 * @param longest bytes
 * @returns undefined where it says that it has none, or too much to do
 * @throws FetchFailure where that is no member, or nothing answers as it should
 */
export async function askNews(
  handshake: Handshake,
  { commit, release }: Known,
  longest: number,
): Promise<News | undefined> {
  const path = `${COMMITS}${commit}${release === undefined ? "" : `/${release}`}`;
  const { status, headers, body } = await askMember(handshake, path, {}, { longest, limitMs: LIMIT_MS });
  if (status === 404 || status === 503) return undefined;
  const [newest, newestRelease] = [COMMIT_HEADER, RELEASE_HEADER].map((name) => commitIn(headers[name]));
  if (status !== 200 || newest === undefined) throw new FetchFailure("http-status", "it sends no commits");
  return { commit: newest, ...(newestRelease === undefined ? {} : { release: newestRelease }), pack: body };
}
