import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Entry, lineOf, link, type NewEntry } from "../../reconciler/audit/entry.ts";
import { keyPathsIn } from "../../reconciler/audit/key.ts";
import { type Log, type LogOptions, openLog } from "../../reconciler/log.ts";

/** A log in a folder of its own, as one scope has it. */
export interface TestLog {
  readonly log: Log;
  /** The file that grows. */
  readonly path: string;
  readonly headPath: string;
  readonly keys: LogOptions["keys"];
  lines(): string[];
  write(lines: readonly string[]): void;
}

export function testLog(folder: string, options: Partial<LogOptions> = {}): TestLog {
  const path = join(folder, "data/audit/audit.jsonl");
  const headPath = join(folder, "state/audit-head.json");
  const keys = keyPathsIn(join(folder, "state"));
  const now = () => new Date("2026-11-21T10:00:00Z");
  return {
    log: openLog({ scope: "system", path, headPath, keys, mode: 0o600, now, ...options }),
    path,
    headPath,
    keys,
    lines: () => readFileSync(path, "utf8").split("\n").slice(0, -1),
    write: (lines) => writeFileSync(path, lines.map((line) => `${line}\n`).join("")),
  };
}

/** An entry as an adoption writes it; no later line has to close it. */
export function adopted(name: string, data: NewEntry["data"] = { addresses: [`apt.${name}`] }): NewEntry {
  return { actor: "ann", host: "box", event: "adopted", subject: "web", data };
}

/** Entries that follow one another, with the hashes that they must have. */
export function chainOf(count: number, from?: Entry, who = "ann"): Entry[] {
  const made: Entry[] = [];
  for (let last = from; made.length < count; last = made.at(-1))
    made.push(link(last, { ...adopted(`p${(last?.seq ?? 0) + 1}`), actor: who }, new Date("2026-11-21T10:00:00Z")));
  return made;
}

/** Writes a log and its head as an earlier version of omg did: nothing is signed, and there is no key. */
export function writeUnsigned(log: Pick<TestLog, "path" | "headPath">, entries: readonly Entry[]): void {
  mkdirSync(dirname(log.path), { recursive: true });
  mkdirSync(dirname(log.headPath), { recursive: true });
  writeFileSync(log.path, entries.map((entry) => `${lineOf(entry)}\n`).join(""));
  const { seq = 0, hash = "" } = entries.at(-1) ?? {};
  writeFileSync(log.headPath, `${JSON.stringify({ hash, seq })}\n`);
}

/** Makes of a log what an earlier version would have left, grown beyond what one file may hold: unsigned, and without a key. */
export function leaveLargeOldLog(path: string, state: string): void {
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  const entries = lines.map((line) => JSON.parse(line) as Entry);
  const padding = "x".repeat(9 * 1024 * 1024);
  const large = { ...adopted("x"), event: "cleaned" as const, data: { generations: [], objects: 0, padding } };
  writeUnsigned({ path, headPath: join(state, "audit-head.json") }, [
    ...entries,
    link(entries.at(-1), large, new Date()),
  ]);
  const keys = keyPathsIn(state);
  for (const key of [keys.own, keys.open]) rmSync(key);
}
