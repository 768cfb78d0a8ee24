import { createHash } from "node:crypto";
import { type Home, inOrder } from "./rendezvous.ts";

/** A machine that follows the same branch, and when it says that the repository answered it: so many milliseconds ago. */
export interface Asker extends Home {
  readonly lookedMs: number | undefined;
}

export interface TurnOptions {
  readonly own: Asker;
  /** Those who are near. */
  readonly others: readonly Asker[];
  /** What is followed. */
  readonly channel: string;
  /** Milliseconds since 1970: it makes the intervals the same ones everywhere. */
  readonly now: number;
  readonly pollMs: number;
  /**
   * No machine is without an answer of the repository for longer, where that answers, whatever others say: before that it asks. At least twice `pollMs`
   * counts. Milliseconds.
   */
  readonly longestMs: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

export interface Turn {
  /** Whether this machine asks the repository now. */
  readonly asks: boolean;
  /** When it is to see again whether it has to. Milliseconds from now. */
  readonly nextMs: number;
}

/** So many are believed when they say that they have asked, and take over from one another. */
const BELIEVED = 3;
const LONGEST_STEP_MS = 60_000;

/**
 * Whose turn it is to ask the repository. The clock is cut into intervals of `pollMs`, and each has an order of its own of those who are near: the first asks, the
 * second does a step later if it heard of nothing, and so on; after three steps everybody who heard of none of these does. Pure, but for `random`.
 */
export function turnOf({ own, others, channel, now, pollMs, longestMs, random }: TurnOptions): Turn {
  const step = Math.min(pollMs / 10, LONGEST_STEP_MS);
  const elapsed = now % pollMs;
  const orderAt = (interval: number) => askersOf([own, ...others], channel, interval);
  const rankAt = (interval: number) => Math.min(BELIEVED, orderAt(interval).indexOf(own));
  const interval = Math.floor(now / pollMs);
  // Up to half a step of a difference, so that networks do not come all at once, and less than a step, so that the next one hears of it.
  const spread = () => (random() * step) / 2;
  const next = pollMs - elapsed + rankAt(interval + 1) * step + spread();
  // Whatever comes between, the next look is not later than one interval, three steps and a half from now.
  const reserve = (1.5 + 2 * random()) * pollMs;
  const { lookedMs: age = Number.POSITIVE_INFINITY } = own;
  // Where `poll` itself is that long, coming and going of others is no reason to ask again.
  if (age > pollMs / 2 && age + reserve > longestMs) return { asks: true, nextMs: next };
  const rank = rankAt(interval);
  const believed = [own, ...orderAt(interval).slice(0, rank)];
  // Clocks differ a little.
  const isTold = believed.some(({ lookedMs }) => lookedMs !== undefined && lookedMs <= elapsed + step / 2);
  if (isTold) return { asks: false, nextMs: next };
  const wait = rank * step - elapsed;
  return wait > 0 ? { asks: false, nextMs: wait + spread() } : { asks: true, nextMs: next };
}

/** Who asks in an interval, the first first. */
export function askersOf<T extends Home>(all: readonly T[], channel: string, interval: number): readonly T[] {
  return inOrder(all, createHash("sha256").update(`${channel} ${interval}`).digest("hex"));
}
