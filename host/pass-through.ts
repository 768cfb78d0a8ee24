import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";

/** How a program ended. */
export type Ended = { readonly code: number } | { readonly signal: NodeJS.Signals } | { readonly error: string };

/** Signals that the terminal does not send to the program by itself, and that are passed on. */
const PASSED: readonly NodeJS.Signals[] = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT"];
/** Those that it does send. */
const SHARED: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT"];

export interface Program {
  /** Absolute. */
  readonly path: string;
  /** Name that it sees itself called by, then its arguments. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Sends it SIGTERM. */
  readonly stop?: AbortSignal;
}

/** Runs a program in the place of this one, as far as Node can: with its streams, terminal and signals. Never rejects. */
export async function passThrough({ path, argv, env, stop }: Program): Promise<Ended> {
  let child: ChildProcess | undefined;
  const early: NodeJS.Signals[] = [];
  // Before it starts: a signal in the moment between would end this process, and leave that one alone.
  const handlers = [
    ...SHARED.map((signal) => [signal, () => undefined] as const),
    ...PASSED.map(
      (signal) => [signal, () => void (child === undefined ? early.push(signal) : child.kill(signal))] as const,
    ),
  ];
  for (const [signal, handler] of handlers) process.on(signal, handler);
  try {
    const [argv0 = path, ...args] = argv;
    child = spawn(path, args, { argv0, env, stdio: "inherit" });
    for (const signal of early) child.kill(signal);
    return await endOf(child, stop);
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}

function endOf(child: ChildProcess, stop: AbortSignal | undefined): Promise<Ended> {
  stop?.addEventListener("abort", () => void child.kill("SIGTERM"), { once: true });
  return new Promise((resolve) => {
    child.once("error", ({ message }) => resolve({ error: message }));
    child.once("exit", (code, signal) => resolve(signal === null ? { code: code ?? 1 } : { signal }));
  });
}

/** What a shell makes of it: the code, or 128 and the number of the signal. */
export function codeOf(ended: Exclude<Ended, { readonly error: string }>): number {
  return "code" in ended ? ended.code : 128 + constants.signals[ended.signal];
}
