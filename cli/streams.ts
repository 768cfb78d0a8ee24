import { fstatSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { type ColorChoice, columnsOf, type Screen, type StreamFacts, wantsColor } from "./render/screen.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where this process writes. Node's own stream is set up for a terminal, and where a pipe is full: it takes longer than many a
 * command. What goes to a file or a pipe is written there and then, as Node's stream would do it.
 */
export interface Output {
  readonly terminal: boolean;
  /** As the terminal reports it. */
  columns(): number | undefined;
  /** Text as UTF-8, or bytes. */
  write(text: string | Uint8Array): void;
  /** False once the reader went away, as `head` does: that is no error of ours, and no reason to leave an apply half done. */
  open(): boolean;
  /** Why what was written did not get out, a closed pipe apart. */
  failure(): NodeJS.ErrnoException | undefined;
  /** Resolves once everything written so far has left the process, or cannot. */
  flushed(): Promise<void>;
}

function outputTo(fd: number, streamOf: () => NodeJS.WriteStream): Output {
  const terminal = isTerminal(fd);
  let stream: NodeJS.WriteStream | undefined;
  let failure: NodeJS.ErrnoException | undefined;
  let gone = false;
  const fail = (error: NodeJS.ErrnoException) => {
    gone = true;
    if (error.code !== "EPIPE") failure = error;
  };
  const opened = () => {
    if (stream === undefined) {
      stream = streamOf();
      stream.on("error", fail);
    }
    return stream;
  };
  return {
    terminal,
    columns: () => (terminal ? opened().columns : undefined),
    write: (text) => {
      if (gone) return;
      if (terminal || stream !== undefined) {
        opened().write(text);
        return;
      }
      const left = writeNow(fd, typeof text === "string" ? Buffer.from(text) : text, fail);
      if (left.length > 0 && !gone) opened().write(left);
    },
    open: () => !gone && (stream === undefined || (!stream.destroyed && stream.writable)),
    failure: () => failure,
    flushed: () =>
      new Promise((resolve) => {
        if (stream === undefined || stream.destroyed || stream.writableEnded) resolve();
        else stream.write("", () => resolve());
      }),
  };
}

/** Gives back what a pipe that does not wait could not take. */
function writeNow(fd: number, bytes: Uint8Array, fail: (error: NodeJS.ErrnoException) => void): Uint8Array {
  let left = bytes;
  try {
    while (left.length > 0) left = left.subarray(writeSync(fd, left));
  } catch (thrown) {
    const error = thrown as NodeJS.ErrnoException;
    if (error.code !== "EAGAIN") fail(error);
  }
  return left;
}

/** Of /dev/null and its like (Linux, Documentation/admin-guide/devices.txt). */
const MEMORY_DEVICES = 1;

/** Whether a person may be there. Only a device can be a terminal, and Node's module for those is slow to load. */
export function isTerminal(fd: number): boolean {
  try {
    const found = fstatSync(fd);
    return found.isCharacterDevice() && found.rdev >> 8 !== MEMORY_DEVICES && isatty(fd);
  } catch {
    return false;
  }
}

export const STDOUT = outputTo(1, () => process.stdout);
export const STDERR = outputTo(2, () => process.stderr);

/** How an output of this process shows things. */
export function screenOf(output: Output, env: Environment, color: ColorChoice, verbose: boolean): Screen {
  const facts = factsOf(output, env);
  return { columns: columnsOf(facts), color: wantsColor(color, facts), verbose, now: new Date() };
}

export function factsOf(output: Output, env: Environment): StreamFacts {
  return { terminal: output.terminal, columns: output.columns(), env };
}
