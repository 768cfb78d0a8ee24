import { dirname } from "node:path";
import { canonical } from "../../host/canonical-json.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../../host/files.ts";
import type { SignedHead } from "../../schema/model/witness.ts";
import type { OpenKey, OwnKey } from "./key.ts";

/** Where a log ends. */
export type End = Pick<SignedHead, "seq" | "hash">;

/**
 * What is kept apart from the log: where it ends, signed, and which line is about to follow, signed as well, so that no line counts
 * that was not announced. `marks` only help to say where a log was changed; nothing is proved by them.
 */
export interface Head extends End {
  /** Absent in the head of an earlier version, which signed none. */
  readonly signed?: SignedHead;
  readonly next?: { readonly hash: string; readonly signature: string };
  readonly marks?: Marks;
}

/** Starts of the hashes of every `stride`-th line, from the first. */
export interface Marks {
  readonly stride: number;
  readonly starts: readonly string[];
}

const MOST_MARKS = 128;
const START = 16;
const NO_MARKS: Marks = { stride: 1, starts: [] };

/** The head, or undefined where there is none. One that cannot be read agrees with no log. */
export function readHead(path: string): Head | undefined {
  const text = readIfPresent(path)?.toString("utf8");
  if (text === undefined) return undefined;
  try {
    return headOf(JSON.parse(text) as Kept | null);
  } catch {
    return UNREADABLE;
  }
}

const UNREADABLE: Head = { seq: 0, hash: "" };

/** The file: flat, so that an earlier version finds what it knows. */
type Kept = Partial<SignedHead> & Pick<Head, "next" | "marks">;

function headOf(kept: Kept | null): Head {
  const { scope, seq, hash, time, key, signature, next, marks } = kept ?? {};
  if (!Number.isSafeInteger(seq) || seq === undefined || typeof hash !== "string") return UNREADABLE;
  if (scope === undefined || typeof time !== "string" || typeof key !== "string" || typeof signature !== "string")
    return { seq, hash };
  return {
    seq,
    hash,
    signed: { scope, seq, hash, time, key, signature },
    ...(typeof next?.hash === "string" && typeof next.signature === "string" ? { next } : {}),
    ...(Array.isArray(marks?.starts) && Number.isSafeInteger(marks.stride) && marks.stride > 0 ? { marks } : {}),
  };
}

export function writeHead(path: string, { signed, next, marks }: Head, mode: number): void {
  makeFolder(dirname(path));
  writeAtomic(path, `${canonical({ ...signed, next, marks })}\n`, mode);
}

export function signHead(key: OwnKey, end: Omit<SignedHead, "key" | "signature">): SignedHead {
  const { scope, seq, hash, time } = end;
  const said = { scope, seq, hash, time, key: key.fingerprint };
  return { ...said, signature: key.sign(statementOf(said)) };
}

/** Announces the line that follows `signed`. */
export function announce(key: OwnKey, signed: SignedHead, hash: string): NonNullable<Head["next"]> {
  return { hash, signature: key.sign(announcementOf(signed, hash)) };
}

/** Whether this key signed the head, for this scope. */
export function isSignedBy(key: OpenKey, head: SignedHead, scope: string): boolean {
  return head.scope === scope && head.key === key.fingerprint && key.signed(statementOf(head), head.signature);
}

/** The hash of the line that this key announced; undefined where it announced none. */
export function announced(key: OpenKey, { signed, next }: Head): string | undefined {
  if (signed === undefined || next === undefined) return undefined;
  return key.signed(announcementOf(signed, next.hash), next.signature) ? next.hash : undefined;
}

// Each says what it is, so that no signature can stand for the other.
function statementOf({ scope, seq, hash, time, key }: Omit<SignedHead, "signature">): object {
  return { type: "omg audit head 1", scope, seq, hash, time, key };
}

function announcementOf({ scope, seq, hash, key }: SignedHead, next: string): object {
  return { type: "omg audit next 1", scope, seq, hash, key, next };
}

/** Marks with one more line: at most 128 of them, further apart the longer the log is. */
export function marked(marks: Marks | undefined, { seq, hash }: End): Marks {
  const { stride, starts } = marks ?? NO_MARKS;
  if ((seq - 1) % stride !== 0 || starts.length !== (seq - 1) / stride) return { stride, starts };
  const all = [...starts, hash.slice(0, START)];
  if (all.length <= MOST_MARKS) return { stride, starts: all };
  return { stride: stride * 2, starts: all.filter((_, index) => index % 2 === 0) };
}

/** Lines that are marked, with what their hashes begin with. */
export function marksOf(marks: Marks | undefined): readonly { readonly seq: number; readonly start: string }[] {
  const { stride, starts } = marks ?? NO_MARKS;
  return starts.map((start, index) => ({ seq: index * stride + 1, start: String(start) }));
}
