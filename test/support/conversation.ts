import { spawn } from "node:child_process";
import { OMG } from "./omg-lab.ts";
import type { TerminalRun } from "./on-terminal.ts";

/** Runs omg on a real terminal, made by script(1), and types each reply once what comes before it is shown. Never rejects. */
export function conversation(
  where: { readonly project: string; readonly env: Readonly<Record<string, string>> },
  args: readonly string[],
  replies: readonly (readonly [shown: string, typed: string])[],
): Promise<TerminalRun> {
  const command = [process.execPath, OMG, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["--quiet", "--return", "--command", `stty cols 100; exec ${command}`, "/dev/null"], {
    cwd: where.project,
    env: { ...where.env, TERM: "xterm" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  let from = 0;
  const left = [...replies];
  child.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
    const [next] = left;
    const at = next === undefined ? -1 : shown.indexOf(next[0], from);
    if (next === undefined || at < 0) return;
    from = at + next[0].length;
    left.shift();
    child.stdin.write(next[1]);
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, shown })));
}
