import type { OmgError } from "../../schema/error.ts";
import { brokenLog } from "./broken.ts";
import { type Entry, parseLine } from "./entry.ts";

/**
 * The last intent that no later line closes. Lines that are neither intents nor close one are not parsed: this is asked by every
 * run, and what is in them is for `verify` to judge.
 * @throws OmgError `log-broken` for a line that is none
 */
export function openIntentIn(lines: readonly string[], path: string): Entry | undefined {
  const closed = new Set<string>();
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at] ?? "";
    const closes = line.includes('"closes":"');
    const intent = line.includes('"event":"apply.intent"');
    if (!closes && !intent) {
      if (!looksWhole(line)) throw noLine(path, at);
      continue;
    }
    const entry = parseLine(line);
    if (entry === undefined) throw noLine(path, at);
    if (typeof entry.data.closes === "string") closed.add(entry.data.closes);
    if (entry.event === "apply.intent" && !closed.has(entry.hash)) return entry;
  }
  return undefined;
}

/** As a canonical entry begins and ends. */
function looksWhole(line: string): boolean {
  return line.startsWith('{"actor":') && line.endsWith('"}');
}

function noLine(path: string, at: number): OmgError {
  return brokenLog(`The log ${path} has a line ${at + 1} that is none.`);
}
