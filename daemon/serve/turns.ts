/** Whose turn it is to be worked for: one at a time, and after each everything else comes first that is short. */
export interface Turns {
  /**
   * @param gone the client, by the signal that says that it left
   * @returns undefined where it left before its turn came
   */
  take<T>(gone: AbortSignal, work: () => T | Promise<T>): Promise<T | undefined>;
}

interface Waiting {
  readonly gone: AbortSignal;
  readonly due: number;
  readonly go: (stays: boolean) => void;
}

/**
 * Whoever was worked for waits until `share` times as long has passed, unless nobody else is there: so many clients can ask all the time, and one who
 * comes then has its turn at once; and however many come, those who wait go before all that come later.
 * @param clock in milliseconds
 */
export function openTurns(share: number, clock: () => number = () => performance.now()): Turns {
  const dues = new WeakMap<AbortSignal, number>();
  const waiting = new Set<Waiting>();
  let isTaken = false;
  const dueOf = (gone: AbortSignal) => Math.max(dues.get(gone) ?? 0, clock());
  const pass = () => {
    let next: Waiting | undefined;
    for (const each of waiting)
      if (each.gone.aborted) drop(each, false);
      else if (next === undefined || each.due < next.due) next = each;
    isTaken = next !== undefined;
    if (next !== undefined) drop(next, true);
  };
  const drop = (each: Waiting, stays: boolean) => {
    waiting.delete(each);
    each.go(stays);
  };
  const comes = (gone: AbortSignal) =>
    new Promise<boolean>((go) => {
      waiting.add({ gone, due: dueOf(gone), go });
      if (isTaken) return;
      pass();
    });
  return {
    take: async (gone, work) => {
      if (!(await comes(gone))) return undefined;
      const began = clock();
      const due = dueOf(gone);
      try {
        return await work();
      } finally {
        dues.set(gone, due + (clock() - began) * share);
        // Not in this round of the event loop: first it asks the kernel who else is there.
        setImmediate(pass);
      }
    },
  };
}
