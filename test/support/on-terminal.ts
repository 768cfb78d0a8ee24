import { spawn } from "node:child_process";
import { OMG, type OmgLab } from "./omg-lab.ts";

export interface TerminalRun {
  readonly code: number | null;
  /** Everything that the terminal showed. */
  readonly shown: string;
}

/** Runs omg on a real terminal, made by script(1), and types `typed` once it asks, or each at its next question. Rejects only as these do. */
export function onTerminal(
  lab: Pick<OmgLab, "project" | "env">,
  args: readonly string[],
  typed: string | readonly (() => Promise<string>)[],
  env: Readonly<Record<string, string>> = {},
): Promise<TerminalRun> {
  const command = [process.execPath, OMG, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["--quiet", "--return", "--command", `stty cols 100; exec ${command}`, "/dev/null"], {
    cwd: lab.project,
    env: { ...lab.env, TERM: "xterm", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = typeof typed === "string" ? [async () => typed] : [...typed];
  let shown = "";
  let since = 0;
  return new Promise((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
      if (!shown.includes("[y/N]", since)) return;
      since = shown.length;
      void answers
        .shift()?.()
        .then((answer) => child.stdin.write(answer))
        .catch((cause: unknown) => {
          child.kill();
          reject(cause);
        });
    });
    child.once("close", (code) => resolve({ code, shown }));
  });
}
