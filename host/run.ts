import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import { isAbsolute } from "node:path";
import type { Readable } from "node:stream";
import { OmgError } from "../schema/error.ts";
import { boundedOutput } from "./bounded-output.ts";
import { errnoOf } from "./disk.ts";
import { splitLines } from "./lines.ts";

const DEFAULT_MAX_OUTPUT = 16 << 20;
/** Time between asking a process to end and ending it, and for a child's children to let go of its output. Milliseconds. */
const GRACE = 1000;

/** The environment for every program that omg starts: nothing of the caller's, messages in English, UTF-8. */
export const CLEAN_ENV: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
  HOME: process.getuid?.() === 0 ? "/root" : "/nonexistent",
};

export interface RunOptions {
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Default `/`. */
  readonly cwd?: string;
  /** Written to standard input, which is then closed. Without it, standard input is empty. */
  readonly input?: string | Uint8Array;
  readonly timeoutMs?: number;
  /** For each of the two streams; beyond it the middle is left out. Default 16 MiB. */
  readonly maxOutputBytes?: number;
  /** Of standard output; `latin1`: a character for each byte. Default `utf8`. */
  readonly encoding?: "utf8" | "latin1";
  /** Called for each line as it comes; must not throw. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
  readonly signal?: AbortSignal;
  /** The program gets a session of its own: the terminal's Ctrl-C does not reach it, and stopping it stops its children. */
  readonly detached?: boolean;
  /** To stop it, it alone is asked, once, by SIGTERM, and waited for however long it takes: for what must not be cut off. */
  readonly gently?: boolean;
  /** The program, and what it starts, gives way to others: nice(2), up to 19. Default, and at the least: as this process. */
  readonly niceness?: number;
  /** Whom the program runs as, without any further groups; only root can say. Default: as this process. */
  readonly as?: { readonly uid: number; readonly gid: number };
}

export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Set when omg ended the program before it was done. */
  readonly stopped?: "timeout" | "aborted";
}

/**
 * Runs a program without a shell and waits until it is gone. Never rejects for an exit code, a signal or a timeout.
 * Errors: OmgError `program-missing`, `program-not-started`, and `program-relative` for a path that is not absolute.
 */
export async function run(file: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  if (!isAbsolute(file)) throw relativePath(file);
  const child = await start(file, args, options);
  const stdout = boundedOutput(options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT);
  const stderr = boundedOutput(options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT);
  const flushOut = collect(child.stdout, stdout.push, options.onLine, "stdout");
  const flushErr = collect(child.stderr, stderr.push, options.onLine, "stderr");
  feed(child, options.input);
  const guard = stopOnDemand(child, options);
  const { code, signal } = await finished(child);
  const stopped = guard();
  flushOut();
  flushErr();
  return {
    code,
    signal,
    stdout: stdout.text(options.encoding),
    stderr: stderr.text(),
    ...(stopped === undefined ? {} : { stopped }),
  };
}

function start(file: string, args: readonly string[], options: RunOptions): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    try {
      const child = spawn(file, args, {
        cwd: options.cwd ?? "/",
        env: options.env,
        shell: false,
        detached: options.detached === true,
        ...options.as,
        stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      });
      // Also later: a program that became another user cannot be signalled, and is waited for.
      child.on("error", (error) => reject(notStarted(file, error)));
      child.once("spawn", () => {
        if (options.niceness !== undefined) giveWay(child, options.niceness, options.detached === true);
        resolve(child);
      });
    } catch (error) {
      reject(notStarted(file, error));
    }
  });
}

function giveWay({ pid }: ChildProcess, niceness: number, isSession: boolean): void {
  if (pid === undefined) return;
  try {
    const most = Math.max(getPriority(), niceness);
    setPriority(pid, most);
    // Where the kernel shares time out by session, niceness counts within one alone: sched(7), "The autogroup feature".
    if (isSession) writeFileSync(`/proc/${pid}/autogroup`, String(most));
  } catch {
    // it has ended, this kernel does no such thing, or it was asked too often for that
  }
}

function collect(
  stream: Readable | null,
  push: (chunk: Buffer) => void,
  onLine: RunOptions["onLine"],
  name: "stdout" | "stderr",
): () => void {
  const lines = onLine === undefined ? undefined : splitLines((line) => onLine(line, name));
  stream?.on("data", (chunk: Buffer) => {
    push(chunk);
    lines?.push(chunk);
  });
  return () => lines?.end();
}

function feed(child: ChildProcess, input: RunOptions["input"]): void {
  // A program may end without reading everything; its exit code says what that means.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
}

/** Watches timeout and abort; the returned function ends the watch and says what happened. */
function stopOnDemand(child: ChildProcess, options: RunOptions): () => RunResult["stopped"] {
  let stopped: RunResult["stopped"];
  let force: NodeJS.Timeout | undefined;
  const stop = (why: "timeout" | "aborted"): void => {
    if (stopped !== undefined) return;
    stopped = why;
    if (options.gently === true) {
      child.kill("SIGTERM");
      return;
    }
    end(child, options, "SIGTERM");
    force = setTimeout(() => end(child, options, "SIGKILL"), GRACE);
  };
  const onAbort = (): void => stop("aborted");
  const limit = options.timeoutMs === undefined ? undefined : setTimeout(() => stop("timeout"), options.timeoutMs);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  if (options.signal?.aborted === true) onAbort();
  return () => {
    clearTimeout(limit);
    clearTimeout(force);
    options.signal?.removeEventListener("abort", onAbort);
    return stopped;
  };
}

function end(child: ChildProcess, options: RunOptions, signal: NodeJS.Signals): void {
  if (options.detached !== true || child.pid === undefined) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!["ESRCH", "EPERM"].includes(errnoOf(error) ?? "")) throw error;
  }
}

function finished(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => {
    // A daemon that the program left behind may hold its output open for ever: what is in the pipe is read, then it is cut.
    const cut = (): void => {
      setImmediate(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      });
    };
    let waiting: NodeJS.Timeout | undefined;
    child.once("exit", () => {
      waiting = setTimeout(cut, GRACE);
    });
    child.once("close", (code, signal) => {
      clearTimeout(waiting);
      resolve({ code, signal });
    });
  });
}

function relativePath(file: string): OmgError {
  return new OmgError({
    code: "program-relative",
    exit: "error",
    message: `The program ${JSON.stringify(file)} is not named by an absolute path, so it was not started.`,
  });
}

function notStarted(file: string, cause: unknown): OmgError {
  const missing = errnoOf(cause) === "ENOENT";
  return new OmgError({
    code: missing ? "program-missing" : "program-not-started",
    exit: "error",
    message: missing
      ? `${file} is not there (or the interpreter that it names, or the folder to start it in).`
      : `${file} could not be started: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: missing ? `Install the package that provides ${file}, then run the command again.` : "See the reason above.",
    cause,
  });
}
