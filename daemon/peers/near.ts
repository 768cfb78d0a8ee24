import type { Greeting, Place, PresentPeer, Word } from "../../app/peers/exchange.ts";

/** Places that were announced, and who answered there. */
export interface Near {
  /** Somebody was announced there; it is greeted as soon as may be. */
  found(place: Place): void;
  lost(place: Place): void;
  /** Greets all whose time it is; `all`: everybody, for there is news to tell. */
  greet(all?: boolean): Promise<void>;
  /** Who answered lately, each once. */
  peers(): readonly PresentPeer[];
  clear(): void;
}

interface Known {
  readonly place: Place;
  peer: PresentPeer | undefined;
  failures: number;
  /** Not before. */
  due: number;
}

/** More places than that are nobody's network. */
const MOST = 256;
const AGAIN_MS = 60_000;
const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 300_000;

export interface NearOptions {
  readonly greet: (place: Place) => Promise<Greeting>;
  /** What somebody said, by its key. */
  readonly hears: (key: string, word: Word) => void;
  readonly onChange: () => void;
}

/** Keeps who is near. One that does not answer is not near, and is asked again later, each time after twice as long. */
export function openNear({ greet, hears, onChange }: NearOptions): Near {
  const known = new Map<string, Known>();
  const keyOf = ({ address, port }: Place) => `${address}:${port}`;
  const peers = () => [
    ...new Map([...known.values()].flatMap(({ peer }) => (peer === undefined ? [] : [[peer.key, peer]]))).values(),
  ];
  const one = async (each: Known): Promise<void> => {
    const before = each.peer;
    try {
      each.due = Number.POSITIVE_INFINITY; // until it is known how this one ends
      const { member, word } = await greet(each.place);
      each.peer = { ...member, ...each.place };
      each.failures = 0;
      each.due = performance.now() + AGAIN_MS;
      if (word !== undefined) hears(member.key, word);
    } catch {
      each.peer = undefined;
      each.due = performance.now() + Math.min(FIRST_RETRY_MS * 2 ** each.failures, LONGEST_RETRY_MS);
      each.failures += 1;
    }
    if (before?.key !== each.peer?.key && known.get(keyOf(each.place)) === each) onChange();
  };
  /** Whoever announces places where nobody answers must not keep out those who do. */
  const forgetOne = () => {
    const silent = [...known].find(([, { peer, failures }]) => peer === undefined && failures > 0);
    if (silent !== undefined) known.delete(silent[0]);
  };
  return {
    found: (place) => {
      if (known.has(keyOf(place))) return;
      if (known.size >= MOST) forgetOne();
      if (known.size >= MOST) return;
      const each = { place, peer: undefined, failures: 0, due: 0 };
      known.set(keyOf(place), each);
      void one(each);
    },
    lost: (place) => {
      const was = known.get(keyOf(place))?.peer;
      known.delete(keyOf(place));
      if (was !== undefined) onChange();
    },
    greet: async (all = false) => {
      const now = performance.now();
      const due = [...known.values()].filter((each) => (all ? each.due !== Number.POSITIVE_INFINITY : each.due <= now));
      await Promise.all(due.map(one));
    },
    peers,
    clear: () => known.clear(),
  };
}
