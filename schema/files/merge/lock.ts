import { isDeepStrictEqual } from "node:util";
import { type Splice, spliced } from "../yaml-edit.ts";
import type { YamlDocument } from "../yaml-source.ts";
import { splitDocuments } from "../yaml-split.ts";
import { pairAt } from "../yaml-values.ts";
import { documentsIn, plain } from "./documents.ts";
import { edited } from "./edits.ts";
import { mergeValues, normalized } from "./values.ts";

export interface LockVersions {
  /** What both come from. */
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
  /** What a merge by lines came to; undefined where it left conflicts. */
  readonly lines?: string | undefined;
}

export interface MergedLock {
  /** With conflict markers, as git has them, around each name that both changed; where one shares its line with others, as `ours` has them. */
  readonly text: string;
  /** Such as `apt.packages.curl`. */
  readonly conflicts: readonly string[];
}

/**
 * Merges a lock by name. What a merge by lines made is taken where it says the same, since it keeps what both sides wrote around the names; otherwise
 * the names are spliced into `ours`. Undefined where one of them is no YAML, or written so that it cannot be done. Pure.
 */
export function mergeLocks({ base, ours, theirs, lines }: LockVersions): MergedLock | undefined {
  const [before, our, their] = [base, ours, theirs].map(documentsIn);
  if (before === undefined || our === undefined || their === undefined) return undefined;
  const { documents, edits, conflicts } = mergeValues(plain(before), plain(our), plain(their));
  const isIt = (text: string) => {
    const found = documentsIn(text);
    return found !== undefined && isDeepStrictEqual(asText(plain(found)), asText(documents));
  };
  if (conflicts.length === 0 && lines !== undefined && isIt(lines)) return { text: lines, conflicts: [] };
  const text = edited(ours, theirs, edits, isIt);
  if (text === undefined) return undefined;
  const marks = conflicts.map(({ document, path }) => markersFor(text, document, path, { ours, theirs }));
  const marked = marks.every((mark) => mark !== undefined) ? spliced(text, marks) : undefined;
  return { text: marked ?? text, conflicts: conflicts.map(({ path }) => path.join(".")) };
}

function asText(documents: ReadonlyMap<string, unknown>): unknown {
  return Object.fromEntries([...documents].map(([key, value]) => [key, JSON.parse(JSON.stringify(normalized(value)))]));
}

/** The lines of one name, as each side has them; nothing stands for a side that took it away. */
function markersFor(
  text: string,
  document: string,
  path: readonly string[],
  sides: { readonly ours: string; readonly theirs: string },
): Splice | undefined {
  const here = linesOf(text, document, path);
  const [our, their] = [linesOf(sides.ours, document, path), linesOf(sides.theirs, document, path)];
  if (here === undefined || our === undefined || their === undefined || here.text === "") return undefined;
  const block = `<<<<<<< ours\n${our.text}=======\n${their.text}>>>>>>> theirs\n`;
  return { start: here.start, end: here.end, text: block };
}

/** Undefined where it shares its lines with something else. */
function linesOf(text: string, document: string, path: readonly string[]) {
  const found = documentsIn(text)?.get(document);
  if (path.length === 0) return wholeDocument(text, found);
  const pair = found === undefined ? undefined : pairAt(found.root, path);
  if (pair === undefined) return { start: 0, end: 0, text: "" };
  const from = pair.key.range[0];
  const to = pair.value?.range[1] ?? pair.key.range[1];
  const start = text.lastIndexOf("\n", from - 1) + 1;
  const newline = text.indexOf("\n", text[to - 1] === "\n" ? to - 1 : to);
  const end = newline < 0 ? text.length : newline + 1;
  if (text.slice(start, from).trim() !== "" || !/^\s*(?:#.*)?$/.test(text.slice(to, end).trimEnd())) return undefined;
  const lines = text.slice(start, end);
  return { start, end, text: lines.endsWith("\n") ? lines : `${lines}\n` };
}

function wholeDocument(text: string, found: YamlDocument | undefined) {
  if (found === undefined) return { start: 0, end: 0, text: "" };
  const part = splitDocuments(text).findLast(({ start }) => start <= found.offset);
  return part && { start: part.bodyStart, end: part.bodyEnd, text: text.slice(part.bodyStart, part.bodyEnd) };
}
