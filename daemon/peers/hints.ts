/** At most one wake in this time, whatever teammates say. Milliseconds. */
const PAUSE_MS = 60_000;
const MOST_KNOWN = 1000;

/** Listens to which commits teammates believe. */
export interface Hints {
  /** This machine knows that commit itself. */
  knows(commit: string): void;
  hears(commit: string): void;
}

/**
 * A commit that nobody here knew yet wakes the look at the configured repository, which alone says what is new: once for each name, and seldom,
 * so that whoever lies gains one question.
 */
export function openHints(wake: () => void, now: () => number = () => performance.now()): Hints {
  const known = new Set<string>();
  let last = Number.NEGATIVE_INFINITY;
  return {
    knows: (commit) => {
      if (known.size >= MOST_KNOWN) known.clear();
      known.add(commit);
    },
    hears: (commit) => {
      if (known.has(commit) || now() - last < PAUSE_MS) return;
      if (known.size >= MOST_KNOWN) known.clear();
      known.add(commit);
      last = now();
      wake();
    },
  };
}
