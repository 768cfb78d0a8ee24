import { readConfig } from "../../app/config.ts";
import type { Context } from "../../app/context.ts";
import { linksOf, openExchange, type Turn, type Word } from "../../app/peers/exchange.ts";
import type { Config } from "../../schema/files/config-schema.ts";
import type { Book } from "../book.ts";
import { type Settings, scopeOf } from "../settings.ts";
import type { State } from "../state.ts";
import { openHints } from "./hints.ts";
import { isMetered } from "./metered.ts";
import { openNear } from "./near.ts";
import { openNews } from "./news.ts";
import { openLinks } from "./open-links.ts";
import { type FoundTeam, readTeam } from "./team.ts";
import { openWords } from "./words.ts";

type PeersConfig = NonNullable<Config["peers"]>;
type Said = NonNullable<State["peers"]>;

/** What omgd does with teammates on the local network. */
export interface Peers {
  /** Goes by config.toml, the links, the newest commit and who is there, as all of that is now. Never rejects. */
  look(settings: Settings): Promise<void>;
  /** As `look`, and waits until those who are near have had the time to be found. Never rejects. */
  gather(settings: Settings): Promise<void>;
  /** Whose turn it is to ask the repository; undefined where this machine is alone with it. */
  turn(): Turn | undefined;
  end(): Promise<void>;
}

/** How often that is done by itself. Milliseconds. */
const LOOK_MS = 30_000;

export interface PeersOptions {
  /** A teammate speaks of a commit that is new here. */
  readonly onNews: () => void;
  /** Others than before follow the same branch on this network. */
  readonly onChange: () => void;
}

export function openPeers(ctx: Context, book: Book, options: PeersOptions): Peers {
  let settings: Settings | undefined;
  let running: ReturnType<typeof openTeamWork> | undefined;
  let last = Promise.resolve();
  const lookOnce = async () => {
    const config = (await readConfig(ctx, scopeOf(ctx)))?.peers;
    if (settings === undefined || ctx.signal.aborted || (config === undefined && running === undefined)) return;
    try {
      running ??= openTeamWork(ctx, book, options);
      await running.look(settings, config);
      if (config === undefined) running = undefined;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (book.state().peers?.problem !== problem)
        book.keep({ peers: { near: [], metered: [], missing: [], problem } });
    }
  };
  const inTurn = (act: () => Promise<void>) => {
    // A config.toml that cannot be read, and a disk that takes nothing, are told of by omgd's rounds; here the next look tries again.
    last = last.then(act).catch(() => undefined);
    return last;
  };
  const timer = setInterval(() => void inTurn(lookOnce), LOOK_MS);
  const look: Peers["look"] = (next) => {
    settings = next;
    return inTurn(lookOnce);
  };
  return {
    look,
    gather: async (next) => {
      await look(next);
      await inTurn(async () => running?.settled());
    },
    turn: () => running?.turn(),
    end: async () => {
      clearInterval(timer);
      await inTurn(async () => running?.end());
    },
  };
}

/** Everything that is there while `[peers]` is. */
function openTeamWork(ctx: Context, book: Book, { onNews, onChange }: PeersOptions) {
  let team: FoundTeam = { repository: "", members: [], artifacts: new Set(), commit: undefined };
  let said: Omit<Said, "near"> = { metered: [], missing: [] };
  let followed: Settings | undefined;
  let [told, along] = ["", ""];
  const hints = openHints(onNews);
  const words = openWords(ctx, book.state);
  const hears = (key: string, word: Word) => {
    const commit = words.hears(key, word);
    // Of somebody who is not found yet nothing could be fetched; this machine's own greeting brings the word again.
    const isNear = near.peers().some((peer) => peer.key === key);
    if (isNear && commit !== undefined && hints.isNews(commit)) {
      publish(); // whoever looks goes by it
      hints.hears(commit);
    }
    seeAlong();
  };
  const news = openNews(ctx, () =>
    followed === undefined ? undefined : { settings: followed, commit: book.state().newest?.commit },
  );
  const exchange = openExchange(ctx, () => ({ ...team, word: words.own() }), { news, hears });
  const seeAlong = () => {
    const now = JSON.stringify(
      words
        .along(near.peers())
        .map(({ key }) => key)
        .sort(),
    );
    if (now === along) return;
    along = now;
    onChange();
  };
  const publish = () => {
    const peers = near.peers();
    exchange.publish(
      peers.map((peer) => {
        const commit = words.commitOf(peer.key);
        return commit === undefined || !hints.isNews(commit) ? peer : { ...peer, commit };
      }),
    );
    const next: Said = { ...said, near: peers.map(({ name }) => name).sort() };
    if (JSON.stringify(next) !== JSON.stringify(book.state().peers)) book.keep({ peers: next });
  };
  const near = openNear({
    greet: exchange.greet,
    hears,
    onChange: () => {
      publish();
      seeAlong();
    },
  });
  const links = openLinks(exchange, near);

  const openAll = async (config: PeersConfig): Promise<string | undefined> => {
    const { interfaces, port = 0, connections = 64, bandwidth } = config;
    const here = linksOf(interfaces);
    const metered = await meteredOf(config, ctx.signal);
    const missing = interfaces.filter((name) => !here.some((link) => link.name === name));
    const isMember = team.members.some(({ key }) => key === exchange.key);
    said = { metered, missing, ...(isMember ? {} : { unlisted: exchange.key }) };
    const usable = isMember ? here.filter(({ name }) => !metered.includes(name)) : [];
    try {
      await links.set(usable, { port, connections, bandwidth });
      return team.problem;
    } catch (error) {
      return `it could not listen: ${error instanceof Error ? error.message : String(error)}`;
    }
  };

  const end = async () => {
    await links.set([], { port: 0, connections: 0, bandwidth: undefined });
    exchange.publish([]);
  };
  return {
    end,
    settled: links.settled,
    turn: () => words.turn(exchange.key, near.peers()),
    look: async (settings: Settings, config: PeersConfig | undefined) => {
      if (config === undefined) {
        await end();
        return book.keep({ peers: undefined });
      }
      followed = settings;
      words.follow(settings);
      team = await readTeam(ctx, settings, book.state(), team);
      const { newest, contact, fetchProblem } = book.state();
      if (fetchProblem !== undefined) hints.again();
      if (newest !== undefined) hints.knows(newest.commit);
      const problem = await openAll(config);
      if (problem !== undefined) said = { ...said, problem };
      links.ask();
      const news = JSON.stringify([newest?.commit, contact]);
      await near.greet(news !== told);
      told = news;
      publish();
    },
  };
}

async function meteredOf({ interfaces, metered }: PeersConfig, signal: AbortSignal): Promise<readonly string[]> {
  if (metered !== undefined) return metered ? interfaces : [];
  const answers = await Promise.all(interfaces.map((name) => isMetered(name, signal)));
  return interfaces.filter((_, index) => answers[index]);
}
