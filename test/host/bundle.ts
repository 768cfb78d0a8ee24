import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { onTestFinished } from "vitest";

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "omg-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a program for Node out of TypeScript that imports from the project's root (`./host/lock.ts`). */
export function bundleScript(folder: string, code: string): string {
  const outfile = join(folder, `script-${Math.random().toString(36).slice(2)}.mjs`);
  buildSync({
    stdin: { contents: code, resolveDir: resolve(import.meta.dirname, "../.."), loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outfile,
  });
  return outfile;
}

/** A process of its own, whose output lines and end can be waited for. Killed with the test. */
export function startScript(script: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [script, ...args], { env: { PATH: "/usr/bin:/bin", ...env }, stdio: "pipe" });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>((done) => {
    child.once("close", (code, signal) => done({ code, signal, output }));
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    child,
    ended,
    /** Resolves when the text was printed; rejects when the process ends without. */
    printed: (text: string) =>
      new Promise<void>((done, reject) => {
        const look = (): void => {
          if (output.includes(text)) done();
        };
        child.stdout.on("data", look);
        look();
        void ended.then(() => reject(new Error(`ended without ${JSON.stringify(text)}: ${output}`)));
      }),
  };
}
