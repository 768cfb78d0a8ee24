import { explainingFullDisk } from "../../host/disk.ts";
import { failpoint } from "../../host/failpoint.ts";
import { redacted } from "../../host/redact.ts";
import type { OmgError } from "../../schema/error.ts";
import type { Scope } from "../../schema/model/resource.ts";
import type { SignedHead, Witness } from "../../schema/model/witness.ts";
import { brokenLog } from "./broken.ts";
import { scan } from "./chain.ts";
import { type Entry, FIRST, lineOf, link, type NewEntry, parseLine } from "./entry.ts";
import { announce, announced, type Head, isSignedBy, marked, readHead, signHead, writeHead } from "./head.ts";
import { type KeyPaths, keepKey, makeKey, type OwnKey, openKeyOrNone, readOwnKey } from "./key.ts";
import { openIntentIn } from "./open-intent.ts";
import { endBefore, entriesIn, lastOf } from "./read.ts";
import { appendLine, readLines, segmentsOf, setAside, type Tail, tailOf } from "./segments.ts";

export interface LogOptions {
  readonly scope: Scope;
  /** The file that grows. */
  readonly path: string;
  /** Where it ends, as another place says, so that a cut log shows. */
  readonly headPath: string;
  readonly keys: KeyPaths;
  /** Of every file but the key. */
  readonly mode: number;
  readonly now: () => Date;
  /** Bytes from which on the file that grows is set aside. */
  readonly segmentBytes?: number;
  readonly witnesses?: readonly Witness[];
  /** Told what a witness could not note; the log is written all the same. */
  readonly onUnwitnessed?: (message: string) => void;
}

const SEGMENT_BYTES = 8 * 1024 * 1024;

/** The end of the log, and a head that is signed for exactly that. */
interface Ready {
  readonly tail: Tail;
  readonly last: Entry | undefined;
  readonly head: Head & { readonly signed: SignedHead };
  readonly key: OwnKey;
}

/**
 * Adds a line: the head announces it, it is written, the head says that it stands. On the disk when it returns.
 * @throws OmgError `log-broken` where the log does not end where omg left it; `disk-full`
 */
export function append(options: LogOptions, entry: NewEntry): Entry {
  const { path, headPath, mode, now, scope } = options;
  const { tail, last, head, key } = explainingFullDisk(path, () => rotated(options, ready(options)));
  const added = link(last, { ...entry, subject: redacted(entry.subject), data: redacted(entry.data) }, now());
  writeHead(headPath, { ...head, next: announce(key, head.signed, added.hash) }, mode);
  explainingFullDisk(path, () => appendLine(path, tail, lineOf(added), mode));
  failpoint("log.after-append");
  const signed = signHead(key, endOf(scope, added));
  writeHead(headPath, { ...signed, signed, marks: marked(head.marks, added) }, mode);
  failpoint("log.after-head");
  tellWitnesses(options, signed);
  return added;
}

/** @throws OmgError `log-broken` where the log does not end where omg left it */
function ready(options: LogOptions): Ready {
  const { path, headPath, mode, scope } = options;
  const tail = tailOf(path);
  const last = lastOf(path, tail) ?? endBefore(segmentsOf(path), path);
  const head = readHead(headPath);
  const key = ownKey(options, head, last);
  const known = readHead(headPath);
  if (known?.signed === undefined || !isSignedBy(key, known.signed, scope))
    throw brokenLog(`The head of the log ${path}, in ${headPath}, is not signed with this machine's key.`);
  const next = announced(key, known);
  if (ends(last, known) && (!tail.torn || next !== undefined)) return { tail, last, head: settled(known), key };
  if (last === undefined || next !== last.hash || last.prev !== known.hash) throw elsewhere(path, known);
  // After a crash between line and head.
  const signed = signHead(key, endOf(scope, last));
  const caughtUp = { ...signed, signed, marks: marked(known.marks, last) };
  writeHead(headPath, caughtUp, mode);
  return { tail, last, head: caughtUp, key };
}

function settled({ seq, hash, signed, marks }: Head): Ready["head"] {
  if (signed === undefined) throw new TypeError("a head that nobody signed");
  return { seq, hash, signed, ...(marks === undefined ? {} : { marks }) };
}

/** The key. Where there is none yet it is made, and signs the head of a log that an earlier version left. */
function ownKey(options: LogOptions, head: Head | undefined, last: Entry | undefined): OwnKey {
  const { path, headPath, keys, mode, scope } = options;
  const own = readOwnKey(keys.own);
  if (own !== undefined) {
    if (openKeyOrNone(keys)?.fingerprint !== own.fingerprint)
      throw brokenLog(`${keys.open} does not belong to the key that signs the log ${path}.`);
    return own;
  }
  if (head?.signed !== undefined) {
    const coming = readOwnKey(keys.coming);
    if (coming?.fingerprint !== head.signed.key)
      throw brokenLog(`The key that signed the head of the log ${path} is gone.`);
    keepKey(keys); // a crash after its first signature
    return coming;
  }
  if (!agrees(last, head)) throw elsewhere(path, head);
  // What is signed now counts from now on, so that it has to be whole.
  const { broken } = scan(segmentsOf(path), undefined, new Set());
  if (broken !== undefined) throw brokenLog(`The log ${path} is not as omg wrote it: see line ${broken.place}.`);
  return makeKey(keys, mode, (key) => {
    const signed = signHead(key, endOf(scope, last));
    const marks = segmentsOf(path).flatMap(entriesIn).reduce(marked, { stride: 1, starts: [] });
    writeHead(headPath, { ...signed, signed, marks }, mode);
  });
}

/** An earlier version's head may be one line behind (a crash between the two writes), never ahead and never elsewhere. */
function agrees(last: Entry | undefined, head: Head | undefined): boolean {
  if (head === undefined) return last === undefined || last.seq === 1;
  return last?.hash === head.hash || last?.prev === head.hash;
}

function ends(last: Entry | undefined, head: Head): boolean {
  return last === undefined ? head.seq === 0 : last.hash === head.hash;
}

function endOf(scope: Scope, last: Entry | undefined): Omit<SignedHead, "key" | "signature"> {
  return { scope, seq: last?.seq ?? 0, hash: last?.hash ?? FIRST, time: last?.time ?? "" };
}

/** Sets a full file aside, once nothing in it is open any more: so what is open always stands in the file that grows. */
function rotated({ path, segmentBytes = SEGMENT_BYTES }: LogOptions, found: Ready): Ready {
  if (found.tail.length < segmentBytes) return found;
  const { lines } = readLines(path);
  if (openIntentIn(lines, path) !== undefined) return found;
  setAside(path, parseLine(lines[0] ?? "")?.seq ?? 0);
  return { ...found, tail: { line: undefined, length: 0, torn: false } };
}

function tellWitnesses({ witnesses = [], onUnwitnessed }: LogOptions, head: SignedHead): void {
  for (const witness of witnesses) {
    try {
      witness.note(head);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      onUnwitnessed?.(`The witness ${witness.name} could not note line ${head.seq} of the log: ${why}`);
    }
  }
}

function elsewhere(path: string, head: Head | undefined): OmgError {
  return brokenLog(`The log ${path} does not end where omg left it (line ${head?.seq ?? 0}).`);
}
