import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { Asking } from "./confirm.ts";

/**
 * Asks for a line. `hidden`: nothing of what is typed shows. The end of the input is an empty line.
 * @throws the signal's reason once it is aborted, and on Ctrl-C
 */
export function askLine(question: string, how: "shown" | "hidden", { input, output, signal }: Asking): Promise<string> {
  signal.throwIfAborted();
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const hidden = how === "hidden";
  // A terminal that readline has taken over does not show what is typed by itself.
  const reader = createInterface({ input, output: hidden ? nowhere : output, terminal: hidden });
  return new Promise((answer, stop) => {
    const settle = (line: string) => {
      signal.removeEventListener("abort", onAbort);
      reader.removeAllListeners();
      reader.close();
      if (hidden) output.write("\n");
      answer(line);
    };
    const onAbort = () => {
      reader.removeAllListeners();
      reader.close();
      output.write("\n");
      stop(signal.reason);
    };
    signal.addEventListener("abort", onAbort);
    // In that mode the terminal makes no signal of Ctrl-C.
    reader.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
    reader.once("line", settle);
    reader.once("close", () => settle(""));
    output.write(question);
  });
}
