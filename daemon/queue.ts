import type { Reason } from "./decide.ts";

/** What woke omgd, gathered until it has time. */
export interface Queue {
  wake(reason: Reason): void;
  /** As `wake`, after a while; a later call for the same reason takes the place of an earlier one. */
  later(reason: Reason, ms: number): void;
  /** Everything that came since, once something has; empty when the signal came first. */
  next(): Promise<ReadonlySet<Reason>>;
  /** Aborted as soon as this reason has come and was not given to anybody yet. */
  signalOf(reason: Reason): AbortSignal;
  end(): void;
}

/** Package managers write a file several times in one run: what comes within this time is one reason. Milliseconds. */
const SETTLING = 200;
/** setTimeout's own limit. */
const LONGEST = 2 ** 31 - 1;

export function openQueue(signal: AbortSignal): Queue {
  const waiting = new Set<Reason>();
  const timers = new Map<Reason, NodeJS.Timeout>();
  const listening = new Map<Reason, AbortController>();
  let settled: NodeJS.Timeout | undefined;
  let deliver: ((reasons: ReadonlySet<Reason>) => void) | undefined;
  const flush = () => {
    settled = undefined;
    if (deliver === undefined) return;
    const reasons = new Set(waiting);
    waiting.clear();
    deliver(reasons);
    deliver = undefined;
  };
  const settle = () => {
    if (deliver !== undefined && waiting.size > 0) settled ??= setTimeout(flush, SETTLING);
  };
  signal.addEventListener("abort", flush, { once: true });
  const wake = (reason: Reason) => {
    waiting.add(reason);
    listening.get(reason)?.abort();
    settle();
  };
  return {
    wake,
    later: (reason, ms) => {
      clearTimeout(timers.get(reason));
      timers.set(
        reason,
        setTimeout(() => wake(reason), Math.min(ms, LONGEST)),
      );
    },
    next: () =>
      new Promise((resolve) => {
        deliver = resolve;
        if (signal.aborted) flush();
        else settle();
      }),
    signalOf: (reason) => {
      const controller = new AbortController();
      listening.set(reason, controller);
      if (waiting.has(reason)) controller.abort();
      return controller.signal;
    },
    end: () => {
      clearTimeout(settled);
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
