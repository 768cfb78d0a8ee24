/** How many may run at a time: of all, and of those with one key. */
export interface Limits {
  readonly overall: number;
  readonly each: number;
}

export interface SideBySide<T, R> {
  /** What an item loads, so that no single one gets all of it: a host. */
  readonly keyOf: (item: T) => string;
  readonly limits: Limits;
  readonly act: (item: T) => Promise<R>;
  /** Asked before each start; once it says no, nothing more is started. */
  readonly goesOn: () => boolean;
}

/**
 * Runs `act` over the items, several at a time, started in their order as far as the limits let them. Settles when nothing
 * runs any more: with the results in the items' order (undefined for what was not started), or with the first rejection,
 * after which nothing is started either.
 */
export async function sideBySide<T, R>(items: readonly T[], work: SideBySide<T, R>): Promise<(R | undefined)[]> {
  const waiting = items.map((item, index) => ({ item, index, key: work.keyOf(item) }));
  const results = new Array<R | undefined>(items.length).fill(undefined);
  const running = new Map<Promise<void>, string>();
  const failures: unknown[] = [];
  const next = (): number =>
    failures.length > 0 || running.size >= work.limits.overall || !work.goesOn()
      ? -1
      : waiting.findIndex(({ key }) => countOf(running, key) < work.limits.each);
  const start = ({ item, index, key }: (typeof waiting)[number]): void => {
    const run: Promise<void> = work
      .act(item)
      .then(
        (result) => void results.splice(index, 1, result),
        (failure) => void failures.push(failure),
      )
      .finally(() => running.delete(run));
    running.set(run, key);
  };
  for (;;) {
    for (let at = next(); at >= 0; at = next()) waiting.splice(at, 1).forEach(start);
    if (running.size === 0) break;
    await Promise.race(running.keys());
  }
  if (failures.length > 0) throw failures[0];
  return results;
}

function countOf(running: ReadonlyMap<unknown, string>, key: string): number {
  return [...running.values()].filter((other) => other === key).length;
}
