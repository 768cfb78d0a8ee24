import { createInterface } from "node:readline";

/** A terminal to ask on. */
export interface Asking {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** Asks, and takes only `y` or `yes` for yes. The end of the input and a signal are a no. */
export function askYes(question: string, { input, output, signal }: Asking): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  const reader = createInterface({ input, terminal: false });
  return new Promise((answer) => {
    const settle = (yes: boolean, newline: boolean) => {
      signal.removeEventListener("abort", onAbort);
      reader.removeAllListeners();
      reader.close();
      if (newline) output.write("\n");
      answer(yes);
    };
    const onAbort = () => settle(false, true);
    signal.addEventListener("abort", onAbort);
    reader.once("line", (line) => settle(/^\s*y(es)?\s*$/i.test(line), false));
    reader.once("close", () => settle(false, true));
    output.write(question);
  });
}
