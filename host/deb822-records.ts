/**
 * Control data (deb822(5)) in one pass, for files of which every stanza is wanted: the bytes become one string, and values are
 * cut out of it. Several times quicker than `Stanza.get` for each field, at the price of the string.
 */

import { isAscii } from "node:buffer";

/** The wanted fields of one stanza. Names in lower case. */
export interface ControlRecord {
  /** As `Stanza.get`. */
  get(field: string): string | undefined;
  /** Whether a line is neither a field, a continuation nor a comment. */
  isMalformed(): boolean;
  /** The stanza as it stands. */
  text(): string;
  /** Where it begins and ends in the bytes; in a text with carriage returns, where it would without them. */
  readonly start: number;
  readonly end: number;
}

const NEWLINE = 10;
const SPACE = 32;
const TAB = 9;
const HASH = 35;

/** Visits every stanza in order; only fields in `wanted` (lower case) are looked at. Small files: all of it is held as text. */
export function forEachRecord(
  bytes: Buffer,
  wanted: ReadonlySet<string>,
  visit: (record: ControlRecord) => void,
): void {
  // One character a byte, so that positions are those of the bytes; values that are not ASCII are decoded when they are cut out.
  const latin1 = bytes.toString("latin1");
  const text = withoutCarriageReturns(latin1);
  const same = text === latin1 ? bytes : Buffer.from(text, "latin1");
  const wish = { wanted, likely: likelyIn(wanted) };
  for (let at = 0; at < text.length; ) {
    const first = text.charCodeAt(at);
    if (first === NEWLINE || first === HASH) at = afterLine(text, at);
    else at = readRecord(text, at, wish, decoderOf(same, text, at), visit);
  }
}

/** Cuts out what stands between two positions. */
type Decode = (from: number, to: number) => string;

/** Most stanzas are ASCII from end to end: that is looked up once, and not for every value. */
function decoderOf(bytes: Buffer, text: string, start: number): Decode {
  const gap = text.indexOf("\n\n", start);
  const plain = isAscii(bytes.subarray(start, gap < 0 ? bytes.length : gap));
  return plain ? (from, to) => text.slice(from, to) : (from, to) => bytes.toString("utf8", from, to);
}

interface Wish {
  readonly wanted: ReadonlySet<string>;
  /** By its first letter, whether a name may be a wanted one. */
  readonly likely: Uint8Array;
}

/** Most lines are of fields that nobody wants: of those it is enough to see where they end. */
function likelyIn(wanted: ReadonlySet<string>): Uint8Array {
  const likely = new Uint8Array(256);
  for (const name of wanted) for (const one of [name, name.toUpperCase()]) likely[one.charCodeAt(0)] = 1;
  return likely;
}

/** @returns where the next line after the stanza begins */
function readRecord(
  text: string,
  start: number,
  { wanted, likely }: Wish,
  decode: Decode,
  visit: (record: ControlRecord) => void,
): number {
  const values = new Map<string, string>();
  let open: string | undefined;
  let at = start;
  while (at < text.length && text.charCodeAt(at) !== NEWLINE) {
    const first = text.charCodeAt(at);
    const next = afterLine(text, at);
    if (first === SPACE || first === TAB) {
      if (open !== undefined) values.set(open, `${values.get(open)}\n${decode(at, next).trimEnd()}`);
    } else if (likely[first] === 1) {
      const colon = text.indexOf(":", at);
      const name = colon > at && colon < next ? text.slice(at, colon).toLowerCase() : undefined;
      open = name !== undefined && wanted.has(name) && !values.has(name) ? name : undefined;
      if (open !== undefined) values.set(open, decode(colon + 1, next).trim());
    } else if (first !== HASH) open = undefined;
    at = next;
  }
  const end = at;
  visit({
    get: (field) => values.get(field),
    isMalformed: () => isMalformed(text, start, end),
    text: () => decode(start, end),
    start,
    end,
  });
  return at;
}

function isMalformed(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at = afterLine(text, at)) {
    const first = text.charCodeAt(at);
    if (first === HASH || ((first === SPACE || first === TAB) && at > start)) continue;
    const colon = text.indexOf(":", at);
    if (first === SPACE || first === TAB || colon <= at || colon >= afterLine(text, at)) return true;
  }
  return false;
}

function afterLine(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  return newline < 0 ? text.length : newline + 1;
}

function withoutCarriageReturns(text: string): string {
  return text.includes("\r\n") ? text.replaceAll("\r\n", "\n") : text;
}
