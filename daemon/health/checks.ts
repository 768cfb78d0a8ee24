import { setTimeout as pause } from "node:timers/promises";
import { redacted } from "../../host/redact.ts";
import { CLEAN_ENV, type RunResult, run } from "../../host/run.ts";
import { stripControls } from "../../host/text.ts";
import { OmgError } from "../../schema/error.ts";

/** What a check runs, as this machine's config.toml says. */
export interface HealthCommand {
  /** An absolute path, and arguments. */
  readonly command: readonly [string, ...string[]];
  /** Within how long it has to succeed. */
  readonly limitSeconds: number;
  /** Whom it runs as; absent where omg is not root. */
  readonly as?: { readonly uid: number; readonly gid: number };
}

export interface Health {
  readonly name: string;
  readonly healthy: boolean;
  /** Why not: one line. */
  readonly why?: string;
}

/** Between two tries. Milliseconds. */
const PAUSE = 1000;
const MAX_OUTPUT = 64 << 10;

/**
 * Runs a check once, or with `wait` again and again until it succeeds or its time is over: what was just installed may have to start first.
 * Never rejects for what the program does. `input`: what it reads.
 */
export async function runCheck(
  name: string,
  { command: [file, ...args], limitSeconds, as }: HealthCommand,
  wait: boolean,
  signal: AbortSignal,
  input?: string,
): Promise<Health> {
  const end = performance.now() + limitSeconds * 1000;
  for (;;) {
    const left = Math.max(1, Math.ceil(end - performance.now()));
    const why = await whyNot(file, args, {
      left,
      limitSeconds,
      signal,
      ...(as === undefined ? {} : { as }),
      ...(input === undefined ? {} : { input }),
    });
    if (why === undefined) return { name, healthy: true };
    if (!wait || signal.aborted || performance.now() + PAUSE >= end) return { name, healthy: false, why };
    await pause(PAUSE, undefined, { signal }).catch(() => undefined);
  }
}

interface How {
  /** Milliseconds. */
  readonly left: number;
  readonly limitSeconds: number;
  readonly signal: AbortSignal;
  readonly input?: string;
  readonly as?: HealthCommand["as"] & object;
}

async function whyNot(file: string, args: readonly string[], how: How): Promise<string | undefined> {
  const { left, limitSeconds, signal, as, input } = how;
  try {
    const ran = await run(file, args, {
      env: CLEAN_ENV,
      timeoutMs: left,
      maxOutputBytes: MAX_OUTPUT,
      detached: true,
      signal,
      ...(input === undefined ? {} : { input }),
      ...(as === undefined ? {} : { as }),
    });
    if (ran.code === 0 && ran.stopped === undefined) return undefined;
    return [endOf(ran, limitSeconds), lastLine(ran)].filter((each) => each !== "").join(": ");
  } catch (error) {
    if (error instanceof OmgError) return error.message;
    throw error;
  }
}

function endOf({ code, signal, stopped }: RunResult, limitSeconds: number): string {
  if (stopped === "timeout") return `was not done within ${limitSeconds} s`;
  return `ended with ${code ?? signal ?? "nothing"}`;
}

/** What a program says last is mostly what it failed of. */
function lastLine({ stdout, stderr }: RunResult): string {
  const lines = [stdout, stderr].flatMap((text) => text.trim().split("\n").slice(-1));
  return redacted(stripControls(lines.findLast((each) => each !== "") ?? "").slice(0, 200));
}
