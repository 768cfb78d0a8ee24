import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathsFor } from "../../host/paths.ts";
import { openStore } from "../../reconciler/store.ts";
import type { Member } from "../../schema/model/team.ts";
import { ensureHostKey } from "../../team/host-key.ts";
import { shownKey } from "../../team/peers/certificate.ts";
import { type Greeting, greet } from "../../team/peers/greet.ts";
import type { Place } from "../../team/peers/handshake.ts";
import { type Link, onLink } from "../../team/peers/links.ts";
import type { Offer } from "../../team/peers/offer.ts";
import { type PresentPeer, writePresent } from "../../team/peers/present.ts";
import { type PeerServer, servePeers } from "../../team/peers/serve.ts";
import { type Throttle, throttleOf } from "../../team/peers/throttle.ts";
import type { Word } from "../../team/peers/word.ts";
import type { Context } from "../context.ts";

export type { Greeting } from "../../team/peers/greet.ts";
export type { Place } from "../../team/peers/handshake.ts";
export { type Link, linksOf, onLink } from "../../team/peers/links.ts";
export type { Known, News } from "../../team/peers/offer.ts";
export type { PresentPeer } from "../../team/peers/present.ts";
export type { PeerServer } from "../../team/peers/serve.ts";
export { type Turn, turnOf } from "../../team/peers/turn.ts";
export type { Word } from "../../team/peers/word.ts";

/** What is so of the team and of this machine at this moment. */
export interface Team {
  /** The followed repository, without a login. */
  readonly repository: string;
  /** All members, this machine too. */
  readonly members: readonly Member[];
  /** Hex SHA-256 of all that the lock names here. */
  readonly artifacts: ReadonlySet<string>;
  /** What others are told. */
  readonly word: Word | undefined;
}

export interface Limits {
  readonly port: number;
  readonly connections: number;
  /** Bytes a second, of all that is served together; undefined: none. */
  readonly bandwidth: number | undefined;
}

/** This machine among its teammates. */
export interface Exchange {
  /** `ed25519:…`, as the team has to list it. */
  readonly key: string;
  /** Serves on this link, from this user's stores. Errors of listening pass. */
  serve(link: Link, limits: Limits): Promise<PeerServer>;
  /** @throws FetchFailure where no member is there */
  greet(place: Place): Promise<Greeting>;
  /** Tells the runs of omg whom to ask. */
  publish(peers: readonly PresentPeer[]): void;
}

/** How long somebody on the same network may take to say who it is. Milliseconds. */
const GREETING_MS = 2000;

/**
 * @param team as it is whenever it is asked
 * @throws OmgError `host-key-damaged`
 */
export function openExchange(ctx: Context, team: () => Team, { news, hears }: Pick<Offer, "news" | "hears">): Exchange {
  const own = pathsFor(ctx.uid === 0 ? "system" : "user", ctx);
  const { open: key, privateKey } = ensureHostKey(own.data);
  const shown = shownKey(privateKey);
  const stores = (["user", "system"] as const).map((scope) => openStore(join(pathsFor(scope, ctx).data, "store")));
  const path = (sha256: string) => {
    const all = stores.map((store) => store.path(sha256));
    return all.find((each) => existsSync(each)) ?? all[0] ?? "";
  };
  const others = () => team().members.filter((member) => member.key !== key);
  const throttles = new Map<number | undefined, Throttle>();
  return {
    key,
    serve: (link, { port, connections, bandwidth }) => {
      const throttle = throttles.get(bandwidth) ?? throttleOf(bandwidth);
      throttles.set(bandwidth, throttle);
      const offer = (): Offer => {
        const { artifacts, word } = team();
        return { members: others(), names: (sha256) => artifacts.has(sha256), path, word, news, hears };
      };
      return servePeers({ shown, address: link.address, port, offer, isOnLink: onLink(link), connections, throttle });
    },
    greet: (place) => greet({ place, shown, members: others(), limitMs: GREETING_MS }, team().word),
    publish: (peers) => writePresent(own.state, { repository: team().repository, peers }, ctx.now()),
  };
}
