import { type Entry, FIRST, hashHolds, parseLine } from "./entry.ts";
import type { End } from "./head.ts";
import { readLines } from "./segments.ts";

/** The first place where the chain does not hold. */
export interface Break {
  /** The number that a line there should have. */
  readonly place: number;
  /**
   * `none`: it is no entry. `content`: its bytes are not those that its hash was made of. `gap`: it has a later number. `again`:
   * it has an earlier one. `prev`: it does not name the line before.
   */
  readonly kind: "none" | "content" | "gap" | "again" | "prev";
  /** The number that it has. */
  readonly seq?: number;
  /** It is the line before, once more. */
  readonly doubled?: true;
}

/** A log as it lies there, read once from front to back. */
export interface Scan {
  readonly entries: number;
  readonly last: Entry | undefined;
  /** A line without its end stands last. */
  readonly torn: boolean;
  readonly broken?: Break;
  /** From the break on the lines are one chain again, so that whatever vouches for the last vouches for all of these. */
  readonly goesOn: boolean;
  /** Hashes of lines that were asked for, by number, as far as the chain holds. */
  readonly hashes: ReadonlyMap<number, string>;
  /** Files with the number that their first line should have. */
  readonly files: readonly { readonly path: string; readonly first: number }[];
}

interface Before extends End {
  readonly text: string;
}

/** @param from where the files begin to be looked at; absent: at the log's beginning */
export function scan(paths: readonly string[], from: End | undefined, wanted: ReadonlySet<number>): Scan {
  const hashes = new Map<number, string>();
  const files: { path: string; first: number }[] = [];
  let place = from?.seq ?? 0;
  let before: Before | undefined = { seq: place, hash: from?.hash ?? FIRST, text: "" };
  let [last, broken, goesOn, torn]: [Entry | undefined, Break | undefined, boolean, boolean] = [
    undefined,
    undefined,
    true,
    false,
  ];
  const found = (fault: Break | undefined) => {
    if (fault === undefined) return;
    goesOn = broken === undefined && fault.kind !== "none" && fault.kind !== "content";
    broken ??= fault;
  };
  for (const path of paths) {
    // Only the file that grows can end in the middle of a line.
    if (torn) found({ place: place + 1, kind: "none" });
    files.push({ path, first: place + 1 });
    const read = readLines(path);
    for (const text of read.lines) {
      place += 1;
      const entry = parseLine(text);
      found(breakAt(place, text, entry, before));
      if (broken === undefined && entry !== undefined && wanted.has(place)) hashes.set(place, entry.hash);
      before = entry === undefined ? undefined : { seq: entry.seq, hash: entry.hash, text };
      last = entry ?? last;
    }
    torn = read.torn;
  }
  const entries = place - (from?.seq ?? 0);
  return { entries, last, torn, ...(broken === undefined ? {} : { broken }), goesOn, hashes, files };
}

function breakAt(place: number, text: string, entry: Entry | undefined, before: Before | undefined): Break | undefined {
  if (entry === undefined) return { place, kind: "none" };
  if (!hashHolds(text, entry)) return { place, kind: "content" };
  if (before === undefined) return undefined; // after what is no entry, nothing can follow or not follow
  const { seq } = entry;
  if (seq > before.seq + 1) return { place, kind: "gap", seq };
  if (seq <= before.seq) return { place, kind: "again", seq, ...(text === before.text ? { doubled: true } : {}) };
  return entry.prev === before.hash ? undefined : { place, kind: "prev" };
}
