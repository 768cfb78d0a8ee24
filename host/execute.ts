import { dirname } from "node:path";
import { OmgError } from "../schema/error.ts";
import type { Operation } from "../schema/model/transaction.ts";
import { makeFolder, writeAtomic } from "./files.ts";
import { linkObject, linkSymbolic } from "./link.ts";
import { removeTree } from "./remove.ts";
import { run } from "./run.ts";

/** Lines of output that an error quotes. */
const QUOTED_LINES = 20;

export interface ExecuteContext {
  /** Path of a store's object. */
  objectPath(sha256: string): string;
  /** Called for each line of a program whose output is shown; must not throw. */
  onOutput(line: string): void;
  /** Called with the message of an operation's alarm; must not throw. */
  onAlarm?(message: string): void;
  readonly signal?: AbortSignal;
}

/**
 * Performs one operation. `signal` keeps it from starting; what has started is finished, because a package manager that is
 * stopped half way leaves more to repair than one that is waited for. A program runs in a session of its own, so that the
 * terminal's Ctrl-C reaches omg alone.
 * Errors: OmgError `interrupted` before the start; `operation-failed` with the last lines of a program that did not end with
 * 0 (unless the operation tolerates it); `operation-too-slow`; `program-missing`, `disk-full`, `artifact-mismatch`, `remove-refused`, those of
 * `extract`; system errors pass.
 */
export async function execute(operation: Operation, context: ExecuteContext): Promise<void> {
  if (context.signal?.aborted === true) throw interrupted(operation, context.signal.reason);
  switch (operation.type) {
    case "exec":
      return executeProgram(operation, context);
    case "write":
      makeFolder(dirname(operation.path), 0o700);
      return writeAtomic(operation.path, contentOf(operation), operation.mode);
    case "link":
      return "target" in operation
        ? linkSymbolic(operation.target, operation.path)
        : linkObject(context.objectPath(operation.sha256), operation.sha256, operation.path);
    case "extract": {
      const { extract } = await import("./extract.ts"); // most runs unpack nothing
      return extract(operation, context.objectPath(operation.sha256));
    }
    case "remove":
      return removeTree(operation.path);
  }
}

function contentOf({ content, encoding }: Extract<Operation, { type: "write" }>): string | Uint8Array {
  return encoding === undefined ? content : Buffer.from(content, encoding);
}

async function executeProgram(operation: Extract<Operation, { type: "exec" }>, context: ExecuteContext): Promise<void> {
  const last: string[] = [];
  const onLine = (line: string): void => {
    last.push(line);
    if (last.length > QUOTED_LINES) last.shift();
    if (operation.show) context.onOutput(line);
    if (operation.alarm !== undefined && line.includes(operation.alarm.line))
      context.onAlarm?.(operation.alarm.message);
  };
  const result = await run(operation.file, operation.args, {
    env: operation.env,
    ...(operation.input === undefined ? {} : { input: operation.input }),
    ...(operation.limitMs === undefined ? {} : { timeoutMs: operation.limitMs }),
    detached: true,
    // Lines are what counts here; the rest of a long output would only take memory.
    maxOutputBytes: 1 << 16,
    onLine,
  });
  if (result.stopped === "timeout") throw tooSlow(operation, last);
  if (result.code === 0 || operation.tolerate === true) return;
  throw failed(
    operation,
    result.code === null ? `was ended by ${result.signal ?? "a signal"}` : `ended with exit code ${result.code}`,
    last,
  );
}

function failed(operation: Extract<Operation, { type: "exec" }>, how: string, lines: readonly string[]): OmgError {
  return new OmgError({
    code: "operation-failed",
    exit: "partly",
    message: `${operation.label}: ${operation.file} ${how}.`,
    state: "The change may be half done.",
    hint: "Read the program's last lines; the next run says what is true and finishes or goes back.",
    details: lines,
  });
}

function tooSlow(operation: Extract<Operation, { type: "exec" }>, lines: readonly string[]): OmgError {
  const seconds = Math.round((operation.limitMs ?? 0) / 1000);
  return new OmgError({
    code: "operation-too-slow",
    exit: "partly",
    message: `${operation.label}: ${operation.file} was not done after ${seconds} seconds, and was ended.`,
    state: "The change may be half done.",
    hint: "Find out what it waits for; the next run says what is true and finishes or goes back.",
    details: lines,
  });
}

function interrupted(operation: Operation, cause: unknown): OmgError {
  return new OmgError({
    code: "interrupted",
    exit: "interrupted",
    message: `Interrupted before: ${operation.label}.`,
    state: "The operations before it are finished; this one and those after it were not started.",
    hint: "Run the command again to go on.",
    cause,
  });
}
