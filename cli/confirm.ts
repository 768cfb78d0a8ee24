import { createInterface } from "node:readline";

/** A terminal to ask on. */
export interface Asking {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** Asks, and takes only `y` or `yes` for yes. The end of the input and a signal are a no. */
export async function askYes(question: string, asking: Asking): Promise<boolean> {
  return /^\s*y(es)?\s*$/i.test((await askLine(question, asking)) ?? "");
}

/** Asks for a line. Undefined at the end of the input and at a signal. */
export function askLine(question: string, { input, output, signal }: Asking): Promise<string | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  const reader = createInterface({ input, terminal: false });
  return new Promise((answer) => {
    const settle = (line: string | undefined, newline: boolean) => {
      signal.removeEventListener("abort", onAbort);
      reader.removeAllListeners();
      reader.close();
      if (newline) output.write("\n");
      answer(line);
    };
    const onAbort = () => settle(undefined, true);
    signal.addEventListener("abort", onAbort);
    reader.once("line", (line) => settle(line, false));
    reader.once("close", () => settle(undefined, true));
    output.write(question);
  });
}
