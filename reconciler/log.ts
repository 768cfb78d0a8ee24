import { closeSync, constants, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { canonical } from "../host/canonical-json.ts";
import { sha256 } from "../host/digest.ts";
import { explainingFullDisk } from "../host/disk.ts";
import { failpoint } from "../host/failpoint.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../host/files.ts";
import { OmgError } from "../schema/error.ts";

/** One line of the log. `hash` is the SHA-256 of the canonical form of all the rest, `prev` the line before's. */
export interface Entry {
  readonly seq: number;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly actor: string;
  readonly host: string;
  readonly event: EventName;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly prev: string;
  readonly hash: string;
}

/** Every kind of line. An `apply.intent` is open until a later line names its hash in `data.closes`. */
export type EventName =
  | "apply.intent"
  | "apply.done"
  | "apply.failed"
  | "repair.intent"
  | "repair.done"
  | "recovered"
  | "adopted";

export type NewEntry = Pick<Entry, "actor" | "host" | "event" | "subject" | "data">;

export interface Verification {
  readonly entries: number;
  /** What is wrong with the first bad line; absent when the log is whole. */
  readonly broken?: string;
}

/** The append-only, hash-chained journal of one scope. Written before anything is done, and after. */
export interface Log {
  /** On the disk when it returns. */
  append(entry: NewEntry): Entry;
  /**
   * The intent that nothing has closed yet.
   * @throws OmgError `log-broken` for a log that cannot be read to its end
   */
  open(): Entry | undefined;
  /** All lines up to the first that cannot be read; whether there is one, `verify` says. */
  entries(): readonly Entry[];
  verify(): Verification;
}

const FIRST = "0".repeat(64);

/** @param headPath where sequence number and hash of the last line are kept as well, so that a cut log shows. */
export function openLog(options: {
  readonly path: string;
  readonly headPath: string;
  readonly mode: number;
  readonly now: () => Date;
}): Log {
  const { path, headPath, mode, now } = options;
  return {
    append: (entry) => {
      const { text, torn } = readWhole(path);
      const last = lastOf(text);
      checkHead(last, readHead(headPath), path);
      const added = link(last, entry, now());
      explainingFullDisk(path, () => appendLine(path, text.length, torn, added, mode));
      failpoint("log.after-append");
      writeAtomic(headPath, `${canonical({ seq: added.seq, hash: added.hash })}\n`, mode);
      return added;
    },
    open: () => openIntent(parseAll(readWhole(path).text, path)),
    entries: () => parseUpToFault(readWhole(path).text),
    verify: () => verifyChain(readWhole(path).text, readHead(headPath)),
  };
}

/** A last line without its end was cut off while it was written: nobody was told of it, so it does not count. */
function readWhole(path: string): { readonly text: string; readonly torn: boolean } {
  const all = readIfPresent(path)?.toString("utf8") ?? "";
  const end = all.lastIndexOf("\n") + 1;
  return { text: all.slice(0, end), torn: end !== all.length };
}

function parseAll(text: string, path: string): readonly Entry[] {
  const entries = parseUpToFault(text);
  if (entries.length < linesOf(text).length)
    throw brokenLog(`The log ${path} has a line ${entries.length + 1} that is none.`);
  return entries;
}

function parseUpToFault(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  for (const line of linesOf(text)) {
    const entry = parseLine(line);
    if (entry === undefined) break;
    entries.push(entry);
  }
  return entries;
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

function parseLine(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "data" in value ? (value as Entry) : undefined;
  } catch {
    return undefined;
  }
}

function lastOf(text: string): Entry | undefined {
  return text === "" ? undefined : parseLine(text.slice(text.lastIndexOf("\n", text.length - 2) + 1));
}

/** A head that cannot be read agrees with no log. */
function readHead(headPath: string): { readonly seq: number; readonly hash: string } | undefined {
  const text = readIfPresent(headPath)?.toString("utf8");
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as { seq: number; hash: string };
  } catch {
    return { seq: 0, hash: "" };
  }
}

/** The head may be one line behind (a crash between the two writes), never ahead and never elsewhere. */
function checkHead(last: Entry | undefined, head: { seq: number; hash: string } | undefined, path: string): void {
  const agrees =
    head === undefined ? last === undefined || last.seq === 1 : last?.hash === head.hash || last?.prev === head.hash;
  if (!agrees) throw brokenLog(`The log ${path} does not end where omg left it (line ${head?.seq ?? 0}).`);
}

export function brokenLog(message: string): OmgError {
  return new OmgError({
    code: "log-broken",
    exit: "error",
    message,
    state: "Nothing was done: without its log omg does nothing.",
    hint: "Look at it with `omg history`. If you know why it changed, move the log and its head file away together; the next run starts a new one.",
  });
}

function link(last: Entry | undefined, entry: NewEntry, time: Date): Entry {
  const rest = { seq: (last?.seq ?? 0) + 1, time: time.toISOString(), ...entry, prev: last?.hash ?? FIRST };
  return { ...rest, hash: sha256(canonical(rest)) };
}

function appendLine(path: string, length: number, torn: boolean, entry: Entry, mode: number): void {
  makeFolder(dirname(path), mode === 0o600 ? 0o700 : 0o755);
  const descriptor = openSync(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW,
    mode,
  );
  try {
    if (torn) ftruncateSync(descriptor, Buffer.byteLength(readFileSync(path, "utf8").slice(0, length)));
    const line = Buffer.from(`${canonical(entry)}\n`);
    failpoint("log.before-append");
    if (writeSync(descriptor, line) !== line.length)
      throw new OmgError({
        code: "disk-full",
        exit: "error",
        message: `The log ${path} could not be written to its end.`,
        state: "Nothing was done.",
        hint: "Free some space on that disk, then run the command again.",
      });
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function openIntent(entries: readonly Entry[]): Entry | undefined {
  const closed = new Set(entries.map((entry) => entry.data.closes));
  return entries.findLast((entry) => entry.event === "apply.intent" && !closed.has(entry.hash));
}

function verifyChain(text: string, head: { seq: number; hash: string } | undefined): Verification {
  const lines = linesOf(text);
  let prev = FIRST;
  for (const [index, line] of lines.entries()) {
    const fault = faultOf(line, index + 1, prev);
    if (fault !== undefined) return { entries: lines.length, broken: `line ${index + 1}: ${fault}` };
    prev = (JSON.parse(line) as Entry).hash;
  }
  const cut =
    head !== undefined &&
    head.hash !== prev &&
    (lines.length === 0 || (JSON.parse(lines[lines.length - 1] ?? "{}") as Entry).prev !== head.hash);
  return cut
    ? { entries: lines.length, broken: `the log ends at line ${lines.length}, and omg had written line ${head.seq}` }
    : { entries: lines.length };
}

function faultOf(line: string, seq: number, prev: string): string | undefined {
  const entry = parseLine(line);
  if (entry === undefined) return "it is not an entry";
  const { hash, ...rest } = entry;
  if (entry.seq !== seq) return `it has the number ${entry.seq}`;
  if (entry.prev !== prev) return "it does not follow the line before";
  return sha256(canonical(rest)) === hash ? undefined : "its content was changed";
}
