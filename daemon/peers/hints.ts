/** At most one wake in this time, whatever teammates say. Milliseconds. */
const PAUSE_MS = 60_000;
const MOST_KNOWN = 1000;

/** Listens to which commits teammates believe. */
export interface Hints {
  /** This machine believes that commit itself. */
  knows(commit: string): void;
  /** Whether it is none that was believed here while omgd runs. */
  isNews(commit: string): boolean;
  hears(commit: string): void;
  /** What was heard may be heard once more: the look that it woke came to nothing. */
  again(): void;
}

/**
 * A commit that nobody here knew yet wakes the look at what teammates have, and at the repository: once for each name, and seldom, so that whoever lies
 * gains one question.
 */
export function openHints(wake: () => void, now: () => number = () => performance.now()): Hints {
  const [own, heard] = [new Set<string>(), new Set<string>()];
  const add = (all: Set<string>, commit: string) => {
    if (all.size >= MOST_KNOWN) all.clear();
    all.add(commit);
  };
  let last = Number.NEGATIVE_INFINITY;
  return {
    knows: (commit) => add(own, commit),
    isNews: (commit) => !own.has(commit),
    again: () => heard.clear(),
    hears: (commit) => {
      if (own.has(commit) || heard.has(commit) || now() - last < PAUSE_MS) return;
      add(heard, commit);
      last = now();
      wake();
    },
  };
}
