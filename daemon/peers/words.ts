import type { Context } from "../../app/context.ts";
import { type PresentPeer, type Turn, turnOf, type Word } from "../../app/peers/exchange.ts";
import { sha256 } from "../../host/digest.ts";
import type { Settings } from "../settings.ts";
import type { State } from "../state.ts";

/** What teammates say of the branch that is followed here, and what this machine says of it. */
export interface Words {
  /** From now on it is about that. */
  follow(settings: Settings): void;
  /** What this machine says; undefined before anything is followed. */
  own(): Word | undefined;
  /** Keeps a teammate's word, by its key. @returns the commit that it is about, if that is of the same branch */
  hears(key: string, word: Word): string | undefined;
  /** The commit that this teammate spoke of last. */
  commitOf(key: string): string | undefined;
  /** Those of them who follow the same branch. */
  along(peers: readonly PresentPeer[]): readonly PresentPeer[];
  /** Whose turn it is to ask the repository; undefined where nobody who is near follows the same. */
  turn(own: string, peers: readonly PresentPeer[]): Turn | undefined;
}

/** So many times `poll` teammates are believed at most, before this machine asks the repository itself. */
const LONGEST_POLLS = 12;

export function openWords(ctx: Context, state: () => Pick<State, "contact" | "newest">): Words {
  const heard = new Map<string, { readonly word: Word; readonly at: number }>();
  let followed: { readonly settings: Settings; readonly channel: string } | undefined;
  /** Milliseconds since the repository answered here; undefined where it did not, or the clock was put back since. */
  const lookedMs = () => {
    const { contact } = state();
    const age = contact === undefined ? -1 : ctx.now().getTime() - Date.parse(contact);
    return age >= 0 ? age : undefined;
  };
  const lookedMsOf = (key: string) => {
    const { word, at } = heard.get(key) ?? {};
    return word?.looked === undefined || at === undefined ? undefined : word.looked * 1000 + performance.now() - at;
  };
  const along: Words["along"] = (peers) => peers.filter(({ key }) => heard.has(key));
  return {
    along,
    follow: (settings) => {
      const channel = sha256(`${settings.channel} ${settings.release?.branch ?? ""}`).slice(0, 16);
      if (channel !== followed?.channel) heard.clear();
      followed = { settings, channel };
    },
    own: () => {
      if (followed === undefined) return undefined;
      const [commit, age] = [state().newest?.commit, lookedMs()];
      return {
        channel: followed.channel,
        ...(commit === undefined ? {} : { commit }),
        ...(age === undefined ? {} : { looked: Math.floor(age / 1000) }),
      };
    },
    hears: (key, word) => {
      if (word.channel !== followed?.channel) heard.delete(key);
      else heard.set(key, { word, at: performance.now() });
      return heard.get(key)?.word.commit;
    },
    commitOf: (key) => heard.get(key)?.word.commit,
    turn: (own, peers) => {
      const others = along(peers).map(({ key }) => ({ key, lookedMs: lookedMsOf(key) }));
      if (followed === undefined || others.length === 0) return undefined;
      const { pollSeconds, maxAgeSeconds } = followed.settings;
      return turnOf({
        own: { key: own, lookedMs: lookedMs() },
        others,
        channel: followed.channel,
        now: ctx.now().getTime(),
        pollMs: pollSeconds * 1000,
        longestMs: Math.min(LONGEST_POLLS * pollSeconds, maxAgeSeconds / 2) * 1000,
        random: Math.random,
      });
    },
  };
}
