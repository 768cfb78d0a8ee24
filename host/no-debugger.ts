/**
 * An option of Node's, which opens its debugger at SIGUSR1 on the loopback address, and whoever connects there runs code in the process. A name with
 * an empty label (RFC 1035, 3.1) has no address, whoever is asked: nothing can listen there, from the first moment on.
 */
export const NO_DEBUGGER = "--inspect-port=no..where:9229";

/** Signals that nobody sends a long-lived program on purpose: left alone they would open the debugger, or end it at once. */
const SIGNALS = ["SIGUSR1", "SIGUSR2"] as const;

/** Has these signals do this, and no longer what they do by themselves. */
export function takeUserSignals(act: () => void): void {
  for (const signal of SIGNALS) process.on(signal, act);
}
