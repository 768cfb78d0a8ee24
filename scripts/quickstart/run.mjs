// Runs programs, one at a time, each with an environment that is given in full.
import { spawn } from "node:child_process";
import { Stop } from "./stop.mjs";

/** Which signal stopped the tour; programs in the foreground get it from the terminal themselves. */
const stopped = { by: undefined };

export function watchSignals() {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      stopped.by ??= signal;
    });
  }
}

const EXITS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

function endIfStopped() {
  if (stopped.by !== undefined) throw new Stop(`stopped by ${stopped.by}.`, [], EXITS[stopped.by]);
}

/** A program in the foreground may end of the signal before this process has noticed its own. */
function noticeSignalOf(code, signal) {
  stopped.by ??= Object.keys(EXITS).find((name) => name === signal || EXITS[name] === code);
}

/**
 * Runs a program to its end. `show`: its output goes straight to the user, and nothing is collected. Throws Stop where the
 * program is missing or the tour was stopped meanwhile.
 */
export function run(file, args, { env, cwd = "/", show = false }) {
  endIfStopped();
  return new Promise((done, fail) => {
    const child = spawn(file, args, {
      env,
      cwd,
      stdio: ["ignore", ...(show ? ["inherit", "inherit"] : ["pipe", "pipe"])],
    });
    const collected = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) {
      child[name]?.setEncoding("utf8").on("data", (text) => {
        collected[name] += text;
      });
    }
    child.on("error", (error) => fail(new Stop(`${file} could not be started: ${error.message}`)));
    child.on("close", (code, signal) => {
      try {
        noticeSignalOf(code, signal);
        endIfStopped();
        done({ code: code ?? signal, ...collected });
      } catch (thrown) {
        fail(thrown);
      }
    });
  });
}

/** The same, and anything but exit 0 ends the tour with what the program said. Gives its stdout. */
export async function runOk(file, args, options) {
  const { code, stdout, stderr } = await run(file, args, options);
  if (code === 0) return stdout;
  const said = `${stderr}${stdout}`.trim().split("\n").slice(-10);
  throw new Stop(`${file} ${args.join(" ")} ended with ${code}:`, said);
}
