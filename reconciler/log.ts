import { closeSync, constants, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { canonical } from "../host/canonical-json.ts";
import { sha256 } from "../host/digest.ts";
import { explainingFullDisk } from "../host/disk.ts";
import { failpoint } from "../host/failpoint.ts";
import { makeFolder, readIfPresent, syncFolder, writeAtomic } from "../host/files.ts";
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
  | "adopted"
  | "cleaned"
  | "policy.accepted";

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

/** Where the log ends, as another file says. */
type Head = Pick<Entry, "seq" | "hash">;

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
      const last = lastOf(text, path);
      const head = readHead(headPath);
      if (!agrees(last, head))
        throw brokenLog(`The log ${path} does not end where omg left it (line ${head?.seq ?? 0}).`);
      // After a crash between line and head: otherwise a second one would leave the head two lines behind.
      if (last !== undefined && last.hash !== head?.hash) writeHead(headPath, last, mode);
      const added = link(last, entry, now());
      explainingFullDisk(path, () => appendLine(path, text.length, torn, added, mode));
      failpoint("log.after-append");
      writeHead(headPath, added, mode);
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

function lastOf(text: string, path: string): Entry | undefined {
  if (text === "") return undefined;
  const last = parseLine(text.slice(text.lastIndexOf("\n", text.length - 2) + 1));
  if (last === undefined) throw brokenLog(`The last line of the log ${path} is none.`);
  return last;
}

/** A head that cannot be read agrees with no log. */
function readHead(headPath: string): Head | undefined {
  const text = readIfPresent(headPath)?.toString("utf8");
  if (text === undefined) return undefined;
  try {
    const head = JSON.parse(text) as Partial<Head> | null;
    return { seq: head?.seq ?? 0, hash: head?.hash ?? "" };
  } catch {
    return { seq: 0, hash: "" };
  }
}

function writeHead(headPath: string, { seq, hash }: Head, mode: number): void {
  makeFolder(dirname(headPath));
  writeAtomic(headPath, `${canonical({ seq, hash })}\n`, mode);
}

/** The head may be one line behind (a crash between the two writes), never ahead and never elsewhere. */
function agrees(last: Entry | undefined, head: Head | undefined): boolean {
  if (head === undefined) return last === undefined || last.seq === 1;
  return last?.hash === head.hash || last?.prev === head.hash;
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
  // Its name has to survive a power cut as well.
  if (entry.seq === 1) syncFolder(dirname(path));
}

function openIntent(entries: readonly Entry[]): Entry | undefined {
  const closed = new Set(entries.map((entry) => entry.data.closes));
  return entries.findLast((entry) => entry.event === "apply.intent" && !closed.has(entry.hash));
}

function verifyChain(text: string, head: Head | undefined): Verification {
  const lines = linesOf(text);
  let last: Entry | undefined;
  for (const [index, line] of lines.entries()) {
    const fault = faultOf(line, index + 1, last?.hash ?? FIRST);
    if (fault !== undefined) return { entries: lines.length, broken: `line ${index + 1}: ${fault}` };
    last = parseLine(line);
  }
  if (agrees(last, head)) return { entries: lines.length };
  const written =
    head === undefined ? "and how far omg had written is not known" : `and omg had written line ${head.seq}`;
  return { entries: lines.length, broken: `the log ends at line ${lines.length}, ${written}` };
}

function faultOf(line: string, seq: number, prev: string): string | undefined {
  const entry = parseLine(line);
  if (entry === undefined) return "it is not an entry";
  const { hash, ...rest } = entry;
  if (entry.seq !== seq) return `it has the number ${entry.seq}`;
  if (entry.prev !== prev) return "it does not follow the line before";
  return sha256(canonical(rest)) === hash ? undefined : "its content was changed";
}
