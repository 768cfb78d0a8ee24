import { brokenLog } from "./broken.ts";
import { type Entry, parseLine } from "./entry.ts";
import { readLines, type Tail, tailOf } from "./segments.ts";

/** The lines of one of the log's files, up to the first that is none. */
export function entriesIn(path: string): readonly Entry[] {
  const entries: Entry[] = [];
  for (const line of readLines(path).lines) {
    const entry = parseLine(line);
    if (entry === undefined) break;
    entries.push(entry);
  }
  return entries;
}

/** The last line of what was set aside before the file that grows began. */
export function endBefore(paths: readonly string[], path: string): Entry | undefined {
  const before = paths.filter((each) => each !== path).at(-1);
  return before === undefined ? undefined : lastOf(before, tailOf(before));
}

/** The entry that a file ends with. @throws OmgError `log-broken` where its last line is none */
export function lastOf(path: string, { line }: Tail): Entry | undefined {
  const entry = line === undefined ? undefined : parseLine(line);
  if (line !== undefined && entry === undefined) throw brokenLog(`The last line of the log ${path} is none.`);
  return entry;
}
