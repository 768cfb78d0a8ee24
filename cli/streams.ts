import { type ColorChoice, columnsOf, type Screen, type StreamFacts, wantsColor } from "./render/screen.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const unwritten = new Map<NodeJS.WriteStream, NodeJS.ErrnoException>();

/** A reader that went away, as `head` does, is no error of ours; and nothing is a reason to leave an apply half done. */
export function keepErrors(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") unwritten.set(stream, error);
  });
}

/** Why what was written to a stream did not get out, a closed pipe apart. */
export function writeErrorOf(stream: NodeJS.WriteStream): NodeJS.ErrnoException | undefined {
  return unwritten.get(stream);
}

/** How a stream of this process shows things. */
export function screenOf(stream: NodeJS.WriteStream, env: Environment, color: ColorChoice, verbose: boolean): Screen {
  const facts = factsOf(stream, env);
  return { columns: columnsOf(facts), color: wantsColor(color, facts), verbose, now: new Date() };
}

export function factsOf(stream: NodeJS.WriteStream, env: Environment): StreamFacts {
  return { terminal: stream.isTTY === true, columns: stream.columns, env };
}

/** Resolves once everything written so far has left the process, or cannot. */
export function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) resolve();
    else stream.write("", () => resolve());
  });
}
