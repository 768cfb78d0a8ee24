import { canonical } from "../../host/canonical-json.ts";
import { sha256 } from "../../host/digest.ts";

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
  | "apply.refused"
  | "repair.intent"
  | "repair.done"
  | "recovered"
  | "adopted"
  | "cleaned"
  | "policy.accepted"
  | "bundle.accepted"
  | "sender.removed"
  | "commit.accepted";

export type NewEntry = Pick<Entry, "actor" | "host" | "event" | "subject" | "data">;

/** What the first line names as the line before. */
export const FIRST = "0".repeat(64);

/** The line after `last`. */
export function link(last: Pick<Entry, "seq" | "hash"> | undefined, entry: NewEntry, time: Date): Entry {
  const rest = { seq: (last?.seq ?? 0) + 1, time: time.toISOString(), ...entry, prev: last?.hash ?? FIRST };
  return { ...rest, hash: sha256(canonical(rest)) };
}

/** As it stands in the file, without its line break. */
export function lineOf(entry: Entry): string {
  return canonical(entry);
}

/**
 * A line as an entry; undefined for what is none.
 * @param line its bytes, one character each (latin1), so that a byte that is no UTF-8 is not taken for another one
 */
export function parseLine(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(isAscii(line) ? line : Buffer.from(line, "latin1").toString("utf8"));
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether an entry's hash is that of the line's own bytes: what would parse to the same counts as changed all the same. */
export function hashHolds(line: string, { hash }: Entry): boolean {
  // The canonical form of the rest is the line without this one member.
  const member = `"hash":"${hash}",`;
  const at = line.indexOf(member);
  if (at < 0) return false;
  return sha256(Buffer.from(line.slice(0, at) + line.slice(at + member.length), "latin1")) === hash;
}

function isAscii(text: string): boolean {
  return !/[\x80-\xff]/.test(text);
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  const { seq, time, hash, prev, event, data } = value as { readonly [K in keyof Entry]?: unknown };
  const texts = [time, hash, prev, event];
  return (
    Number.isSafeInteger(seq) &&
    texts.every((text) => typeof text === "string") &&
    typeof data === "object" &&
    data !== null
  );
}
