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
  readonly malformed: boolean;
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
  const mayBeWanted = lengthsOf(wanted);
  for (let at = 0; at < text.length; ) {
    const first = text.charCodeAt(at);
    if (first === NEWLINE || first === HASH) at = afterLine(text, at);
    else at = readRecord(text, at, { wanted, mayBeWanted }, decoderOf(same, text, at), visit);
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
  /** By the first letter of a name and its length, whether a wanted one has these. */
  readonly mayBeWanted: Uint8Array;
}

const LENGTHS = 32;

/** Most lines are of fields that nobody wants: those need not be cut out to know. */
function lengthsOf(wanted: ReadonlySet<string>): Uint8Array {
  const may = new Uint8Array(256 * LENGTHS);
  for (const name of wanted)
    for (const letter of [name, name.toUpperCase()]) may[letter.charCodeAt(0) * LENGTHS + shortened(name.length)] = 1;
  return may;
}

function shortened(length: number): number {
  return length < LENGTHS ? length : LENGTHS - 1;
}

/** @returns where the next line after the stanza begins */
function readRecord(
  text: string,
  start: number,
  { wanted, mayBeWanted }: Wish,
  decode: Decode,
  visit: (record: ControlRecord) => void,
): number {
  const values = new Map<string, string>();
  let malformed = false;
  let open: string | undefined;
  let at = start;
  while (at < text.length && text.charCodeAt(at) !== NEWLINE) {
    const first = text.charCodeAt(at);
    const next = afterLine(text, at);
    if (first === SPACE || first === TAB) {
      if (at === start) malformed = true;
      if (open !== undefined) values.set(open, `${values.get(open)}\n${decode(at, next).trimEnd()}`);
    } else if (first !== HASH) {
      const colon = text.indexOf(":", at);
      const isField = colon > at && colon < next;
      if (!isField) malformed = true;
      const isLikely = isField && mayBeWanted[first * LENGTHS + shortened(colon - at)] === 1;
      const name = isLikely ? text.slice(at, colon).toLowerCase() : undefined;
      open = name !== undefined && wanted.has(name) && !values.has(name) ? name : undefined;
      if (open !== undefined) values.set(open, decode(colon + 1, next).trim());
    }
    at = next;
  }
  const end = at;
  visit({ get: (field) => values.get(field), malformed, text: () => decode(start, end), start, end });
  return at;
}

function afterLine(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  return newline < 0 ? text.length : newline + 1;
}

function withoutCarriageReturns(text: string): string {
  return text.includes("\r\n") ? text.replaceAll("\r\n", "\n") : text;
}
