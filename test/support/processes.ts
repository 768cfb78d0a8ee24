import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The lab's own helper, and omg itself, which a test kills by its process. */
const OTHERS = ["gpg-agent", "bin/omg"];

/** Processes whose command line or environment names this folder, or whose root lies in it: package managers and their scripts, at work on one isolated root. */
function processesOn(folder: string): readonly { readonly pid: number; readonly command: string }[] {
  return readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const command = commandOf(pid);
    return (command.includes(folder) || rootOf(pid).startsWith(folder)) &&
      !OTHERS.some((other) => command.includes(other))
      ? [{ pid, command }]
      : [];
  });
}

function commandOf(pid: number): string {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
    return `${readFileSync(`/proc/${pid}/cmdline`, "utf8")} ${environment}`.replaceAll("\0", " ");
  } catch {
    return "";
  }
}

function rootOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/root`);
  } catch {
    return "";
  }
}

/** Ends all of them, again until none is left. Returns their command lines. */
export function killTree(folder: string, signal: NodeJS.Signals = "SIGKILL"): readonly string[] {
  const killed: string[] = [];
  for (let found = processesOn(folder); found.length > 0; found = processesOn(folder)) {
    for (const { pid, command } of found) {
      killed.push(command);
      kill(pid, signal);
    }
  }
  return killed;
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended by itself
  }
}

export async function waitForEnd(folder: string, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (processesOn(folder).length > 0) {
    if (Date.now() > deadline)
      throw new Error(
        `still running on ${folder}: ${processesOn(folder)
          .map((one) => one.command)
          .join("; ")}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether a process with exactly this command line runs, its words joined by spaces. */
export function isRunning(command: string): boolean {
  return readdirSync("/proc").some((entry) => {
    try {
      return readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ").trim() === command;
    } catch {
      return false;
    }
  });
}
