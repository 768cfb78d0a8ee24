import { spawn } from "node:child_process";
import { OMG, type OmgLab } from "./omg-lab.ts";

export interface TerminalRun {
  readonly code: number | null;
  /** Everything that the terminal showed. */
  readonly shown: string;
}

/** Runs omg on a real terminal, made by script(1), and types `typed` once it asks. Never rejects. */
export function onTerminal(
  lab: Pick<OmgLab, "project" | "env">,
  args: readonly string[],
  typed: string,
  env: Readonly<Record<string, string>> = {},
): Promise<TerminalRun> {
  const command = [process.execPath, OMG, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["--quiet", "--return", "--command", `stty cols 100; exec ${command}`, "/dev/null"], {
    cwd: lab.project,
    env: { ...lab.env, TERM: "xterm", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  let asked = false;
  child.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
    if (asked || !shown.includes("[y/N]")) return;
    asked = true;
    child.stdin.write(typed);
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, shown })));
}
