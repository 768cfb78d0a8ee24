import { FetchFailure } from "./fetch-failure.ts";

/** Slower than a modem of 1995. Who sends less holds the run up, on purpose or not. Bytes a second. */
const SLOWEST = 1024;

/**
 * Holds a body to a least speed over each window of time: bytes that trickle would keep a run waiting for ever without any silence
 * that is long enough. The returned function takes the size of each piece that comes, and throws FetchFailure `too-slow`.
 * @param slowest bytes a second
 * @param clock milliseconds from any beginning
 */
export function paceOf(
  windowMs: number,
  slowest = SLOWEST,
  clock: () => number = () => performance.now(),
): (bytes: number) => void {
  let since = clock();
  let came = 0;
  return (bytes) => {
    came += bytes;
    const passed = clock() - since;
    if (passed < windowMs) return;
    if (came < (slowest * passed) / 1000) {
      const seconds = Math.round(passed / 1000);
      throw new FetchFailure(
        "too-slow",
        `only ${came} bytes came in ${seconds} seconds, less than ${slowest} a second`,
      );
    }
    since = clock();
    came = 0;
  };
}
