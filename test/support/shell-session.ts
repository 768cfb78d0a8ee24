import { spawn } from "node:child_process";
import { until } from "./until.ts";

/** An interactive shell on a terminal of its own, made by script(1). */
export interface ShellSession {
  /** Types a line, and waits until the shell has shown `awaited` after it. Returns all that it showed since. */
  type(line: string, awaited: string | RegExp): Promise<string>;
  /** Ends the terminal with whatever runs on it. */
  end(): Promise<void>;
}

/** Starts this command line; resolves once it shows `awaited`. */
export async function shellSession(
  command: string,
  awaited: string,
  { env, cwd }: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<ShellSession> {
  const args = ["--quiet", "--return", "--command", `stty cols 200; exec ${command}`, "/dev/null"];
  const child = spawn("script", args, { cwd, env: { TERM: "xterm", ...env }, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let shown = "";
  child.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString("latin1");
  });
  const hasShown = (text: string | RegExp) => (typeof text === "string" ? shown.includes(text) : text.test(shown));
  const wait = async (text: string | RegExp) => {
    await until(() => hasShown(text)).catch(() => {
      throw new Error(`the shell never showed ${text}, but ${JSON.stringify(shown)}`);
    });
    return shown;
  };
  await wait(awaited);
  return {
    type: (line, text) => {
      shown = "";
      child.stdin.write(`${line}\r`);
      return wait(text);
    },
    end: async () => {
      // The terminal goes with it, and so does what runs there.
      child.kill("SIGKILL");
      await ended;
    },
  };
}
