import { setTimeout as pause } from "node:timers/promises";

/** Waits until so many bytes more may go out. */
export type Throttle = (bytes: number) => Promise<void>;

/** What an idle line may send at once, as a time. Milliseconds. */
const BURST = 50;

/** Holds all that goes through it together to so many bytes a second; undefined: to nothing. */
export function throttleOf(bytesPerSecond: number | undefined): Throttle {
  if (bytesPerSecond === undefined) return async () => undefined;
  let free = performance.now();
  return async (bytes) => {
    const now = performance.now();
    free = Math.max(free, now - BURST) + (bytes * 1000) / bytesPerSecond;
    if (free > now) await pause(free - now);
  };
}
