import type { Scope } from "../../schema/model/resource.ts";
import type { SignedHead } from "../../schema/model/witness.ts";
import { type Break, type Scan, scan } from "./chain.ts";
import { announced, type End, type Head, isSignedBy, marksOf } from "./head.ts";
import type { OpenKey } from "./key.ts";

/** Whether a log is as omg wrote it. */
export interface Verification {
  readonly entries: number;
  /** What is wrong at the first bad line; absent when the log is whole. */
  readonly broken?: string;
  /** Number of the first bad line, where one can be named. */
  readonly line?: number;
  /** The file that it lies in, or should lie in. */
  readonly file?: string;
  /** Whether the end is vouched for by a signature. A log of an earlier version is not, until something is added to it. */
  readonly signed: boolean;
  readonly files: number;
  /** Where omg left the log. */
  readonly head?: End & Partial<SignedHead>;
}

/** An end of the log that was noted somewhere else. */
export interface Noted extends End {
  /** Who noted it, for messages. */
  readonly by: string;
}

export interface VerifyInput {
  readonly scope: Scope;
  /** The log's files, the oldest first. */
  readonly paths: readonly string[];
  /** Where the first of them begins; absent: at the log's beginning. */
  readonly from?: End | undefined;
  readonly head: Head | undefined;
  /** What the head must be signed with; absent where there is no key yet. */
  readonly key: OpenKey | undefined;
  /** Whether a head that nobody signed counts. */
  readonly mustBeSigned: boolean;
  readonly noted: readonly Noted[];
}

interface Fault {
  readonly line: number;
  /** The last line that it may be, where it cannot be told more exactly. */
  readonly through?: number;
  readonly what: string;
}

/** Reads the whole log once, and compares it with everything that is known of it elsewhere. */
export function verifyLog(input: VerifyInput): Verification {
  const { head, noted } = input;
  const seqs = [...marksOf(head?.marks), ...noted, ...(head === undefined ? [] : [head])].map(({ seq }) => seq);
  const read = scan(input.paths, input.from, new Set(seqs));
  const unsigned = signatureFault(input);
  const fault = firstOf(read, [
    unsigned ?? endFault(input, read),
    unsigned === undefined ? rewritten(read, input.from, markedIn(input)) : undefined,
    rewritten(read, input.from, [...noted].sort((a, b) => a.seq - b.seq).map(asWanted)),
  ]);
  return {
    entries: read.entries,
    files: read.files.length,
    signed: unsigned === undefined && head?.signed !== undefined,
    ...(head === undefined ? {} : { head: head.signed ?? { seq: head.seq, hash: head.hash } }),
    ...(fault === undefined ? {} : told(fault, read)),
  };
}

function told({ line, through, what }: Fault, { files }: Scan): Pick<Verification, "broken" | "line" | "file"> {
  const where = through === undefined || through === line ? `line ${line}` : `one of the lines ${line} to ${through}`;
  const file = files.findLast(({ first }) => first <= line)?.path ?? files[0]?.path;
  return { broken: `${where}: ${what}`, line, ...(file === undefined ? {} : { file }) };
}

/** What the chain itself shows is exact: only what lies wholly before it comes first. */
function firstOf(read: Scan, others: readonly (Fault | undefined)[]): Fault | undefined {
  const [end, ...located] = others;
  const chain = read.broken === undefined ? undefined : chainFault(read.broken, read.goesOn && end === undefined);
  const earlier = located.filter((fault) => fault !== undefined).sort((a, b) => a.line - b.line)[0];
  const known = chain ?? (end?.through === undefined ? end : (earlier ?? end));
  if (earlier === undefined || known === undefined) return known ?? earlier;
  return (earlier.through ?? earlier.line) < known.line ? earlier : known;
}

/** @param vouched the lines from there on are what omg wrote, so that what does not fit them is what stands before */
function chainFault({ place, kind, seq = place, doubled }: Break, vouched: boolean): Fault {
  const before = Math.max(place - 1, 1);
  switch (kind) {
    case "none":
      return { line: place, what: "it is not an entry" };
    case "content":
      return { line: place, what: "its content was changed" };
    case "gap":
      return { line: place, what: missing(place, seq - 1) };
    case "again":
      if (vouched && doubled !== true) return { line: before, what: "omg did not write it: it was put in" };
      return { line: place, what: `line ${seq} stands there instead, for the second time` };
    case "prev":
      if (vouched) return { line: before, what: "omg did not write it: the next line follows another one" };
      return { line: place, what: "it does not follow the line before" };
  }
}

function missing(from: number, to: number): string {
  const others = from === to ? "" : `, and so are all up to line ${to}`;
  return `it is missing${others}: line ${to + 1} stands in its place`;
}

function signatureFault({ head, key, mustBeSigned, scope }: VerifyInput): Fault | undefined {
  if (head?.signed === undefined) {
    if (!mustBeSigned) return undefined;
    return {
      line: 1,
      what: `${head === undefined ? "how far omg had written is not known: the head is gone" : "the head is not signed"}, so that nothing proves the log`,
    };
  }
  if (key !== undefined && isSignedBy(key, head.signed, scope)) return undefined;
  const which = key === undefined ? "there is no key to check it with" : "it is not signed with this key";
  return { line: 1, what: `the head proves nothing: ${which}` };
}

/** Whether the log ends where the head says. */
function endFault({ head, key, from }: VerifyInput, { last: read, torn, hashes }: Scan): Fault | undefined {
  const last = read ?? from;
  const seq = last?.seq ?? 0;
  if (head === undefined) {
    if (seq === 0 || (seq === 1 && read !== undefined)) return undefined; // a crash of an earlier version, at its first line
    return { line: seq, what: `the log ends at line ${seq}, and how far omg had written is not known` };
  }
  const next = key === undefined ? undefined : announced(key, head);
  if (last?.hash === head.hash || (head.seq === 0 && last === undefined))
    return torn && next === undefined && head.signed !== undefined
      ? { line: seq + 1, what: "omg did not write it: it was begun after the log's end" }
      : undefined;
  const follows = seq === head.seq + 1 && read?.prev === head.hash;
  if (head.signed === undefined ? follows : next !== undefined && next === last?.hash) return undefined;
  if (seq < head.seq)
    return { line: seq + 1, what: `the log ends at line ${seq}, and omg had written line ${head.seq}` };
  if (seq > head.seq && (head.seq === 0 || hashes.get(head.seq) === head.hash))
    return {
      line: head.seq + 1,
      what: `omg had written no more than line ${head.seq}, by the head; what follows was added, or the head is an old one`,
    };
  return {
    line: 1,
    through: seq,
    what: "the log was written anew: its lines do not lead to what the head was made for",
  };
}

interface Wanted {
  readonly seq: number;
  readonly start: string;
  readonly by: string;
  /** Whether a log that ends before is a fault of its own. */
  readonly binding: boolean;
}

function markedIn({ head }: VerifyInput): readonly Wanted[] {
  const end = head === undefined || head.seq === 0 ? [] : [{ seq: head.seq, start: head.hash }];
  return [...marksOf(head?.marks), ...end].map((mark) => ({ ...mark, by: "the head", binding: false }));
}

function asWanted({ seq, hash, by }: Noted): Wanted {
  return { seq, start: hash, by, binding: true };
}

/** The first of these lines that is another one now; what lies between it and the last that agrees may be as well. */
function rewritten(read: Scan, from: End | undefined, wanted: readonly Wanted[]): Fault | undefined {
  const end = (from?.seq ?? 0) + read.entries;
  let agreed = from?.seq ?? 0;
  for (const { seq, start, by, binding } of wanted) {
    if (seq <= agreed) continue;
    const hash = read.hashes.get(seq);
    if (hash?.startsWith(start) === true) agreed = seq;
    else if (hash !== undefined)
      return { line: agreed + 1, through: seq, what: `it is not what omg wrote: ${by} has another line ${seq}` };
    else if (binding && seq > end)
      return { line: end + 1, what: `the log ends at line ${end}, and ${by} has seen line ${wanted.at(-1)?.seq}` };
  }
  return undefined;
}
