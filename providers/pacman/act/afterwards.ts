import { readIfPresent } from "../../../host/files.ts";
import type { PacmanConfig } from "../machine/config.ts";

const MAX_LOG = 256 * 1024 * 1024;
const LAST = 1 << 18;

/** What pacman tells its log: configuration files that were kept, with the package's own beside them. `since`: milliseconds since 1970. */
export function notesFromLog({ logFile }: PacmanConfig, since: number): readonly string[] {
  const log = readIfPresent(logFile, MAX_LOG)?.subarray(-LAST).toString("utf8") ?? "";
  const from = since - (since % 1000); // the log knows seconds
  const lines = log.split("\n").filter((line) => Date.parse(/^\[([^\]]+)\]/.exec(line)?.[1] ?? "") >= from);
  return [...new Set(lines.flatMap(noteOf))];
}

function noteOf(line: string): readonly string[] {
  const beside = /warning: (\S+) installed as (\S+\.pacnew)/.exec(line);
  if (beside !== null) return [`${beside[1]} was changed on this machine and stays; the package's own is ${beside[2]}`];
  const saved = /warning: (\S+) saved as (\S+\.pacsave)/.exec(line);
  return saved === null ? [] : [`${saved[1]} was changed on this machine and is kept as ${saved[2]}`];
}
