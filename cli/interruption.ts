import { EXIT } from "../schema/error.ts";

export type StopSignal = "SIGINT" | "SIGTERM";

/** A run that signals can stop. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Which signal came; undefined when none did. */
  received(): StopSignal | undefined;
}

/**
 * Turns the first signal into an abort, which lets the run stop at a point where it can say what is true, and the second
 * into an end at once.
 */
export function watchSignals(onFirst: (name: StopSignal) => void, onSecond: (name: StopSignal) => void): Interruption {
  const controller = new AbortController();
  let first: StopSignal | undefined;
  const stop = (name: StopSignal) => {
    if (first !== undefined) return onSecond(name);
    first = name;
    onFirst(name);
    controller.abort();
  };
  process.on("SIGINT", () => stop("SIGINT"));
  process.on("SIGTERM", () => stop("SIGTERM"));
  return { signal: controller.signal, received: () => first };
}

export function exitOf(name: StopSignal): number {
  return name === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
}
