/**
 * Debian control data (deb822(5)): stanzas of `Field: value` lines, separated by empty lines. Fields are located and decoded
 * only when asked for, so that an index of tens of thousands of stanzas costs little more than the bytes it lies in.
 */

import { isAscii } from "node:buffer";

const NEWLINE = 10;
const SPACE = 32;
const TAB = 9;
const HASH = 35;
const COLON = 58;

/** One paragraph of control data. Holds on to the buffer that it was found in. */
export class Stanza {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /**
   * Value of a field, its name in any case. Continuation lines follow after `\n`, verbatim with their leading blank; comment
   * lines are left out. Undefined when the field is absent; the first one counts when it is repeated.
   */
  get(field: string): string | undefined {
    const wanted = lowerBytes(field);
    for (let line = this.#start; line < this.#end; line = this.#nextLine(line)) {
      if (!isFieldAt(this.#bytes, line, wanted)) continue;
      return this.#value(line, line + wanted.length + 1);
    }
    return undefined;
  }

  /** All fields in order, with the names as they are written. */
  fields(): [name: string, value: string][] {
    const found: [string, string][] = [];
    const bytes = this.#bytes.subarray(this.#start, this.#end);
    // One character a byte: cut out of a string, a value costs a tenth of what it does out of bytes.
    const text = bytes.toString("latin1");
    const decode = isAscii(bytes)
      ? (from: number, to: number) => text.slice(from, to)
      : (from: number, to: number) => bytes.toString("utf8", from, to);
    let open: [string, string] | undefined;
    for (let line = 0, next = 0; line < text.length; line = next) {
      const newline = text.indexOf("\n", line);
      next = newline < 0 ? text.length : newline + 1;
      const first = text.charCodeAt(line);
      if (first === HASH) continue;
      if (isContinuation(first)) {
        if (open !== undefined) open[1] += `\n${decode(line, next).trimEnd()}`;
        continue;
      }
      const colon = text.indexOf(":", line);
      open = colon < 0 || colon >= next ? undefined : [text.slice(line, colon), decode(colon + 1, next).trim()];
      if (open !== undefined) found.push(open);
    }
    return found;
  }

  /** The stanza as it stands, without the empty line after it. */
  text(): string {
    return this.#bytes.toString("utf8", this.#start, this.#end);
  }

  /** Number of its first line in the text, from 1. Comments before it are not part of it. */
  line(): number {
    let line = 1;
    for (let at = this.#bytes.indexOf(NEWLINE); at >= 0 && at < this.#start; at = this.#bytes.indexOf(NEWLINE, at + 1))
      line++;
    return line;
  }

  /** First line that is neither a field, a continuation nor a comment; undefined in well-formed data. */
  malformed(): string | undefined {
    for (let line = this.#start; line < this.#end; line = this.#nextLine(line)) {
      const first = this.#bytes[line];
      if (first === HASH || (isContinuation(first) && line > this.#start)) continue;
      const colon = this.#bytes.indexOf(COLON, line);
      const next = this.#nextLine(line);
      if (isContinuation(first) || colon <= line || colon >= next)
        return this.#bytes.toString("utf8", line, Math.min(next, this.#end)).trimEnd();
    }
    return undefined;
  }

  /** Start of the following line, or the end of the stanza. */
  #nextLine(from: number): number {
    const newline = this.#bytes.indexOf(NEWLINE, from);
    return newline < 0 || newline >= this.#end ? this.#end : newline + 1;
  }

  #value(line: number, valueStart: number): string {
    let next = this.#nextLine(line);
    let value = this.#bytes.toString("utf8", valueStart, next).trim();
    while (next < this.#end) {
      const first = this.#bytes[next];
      const after = this.#nextLine(next);
      if (isContinuation(first)) value += `\n${this.#bytes.toString("utf8", next, after).trimEnd()}`;
      else if (first !== HASH) break;
      next = after;
    }
    return value;
  }
}

/**
 * Visits every stanza in order. Empty lines and comment lines (`#` in the first column) may stand anywhere. `false` from the
 * visitor ends the walk.
 */
export function forEachStanza(text: Buffer | string, visit: (stanza: Stanza) => unknown): void {
  const bytes = withoutCarriageReturns(typeof text === "string" ? Buffer.from(text) : text);
  let start = skipBlank(bytes, 0);
  while (start < bytes.length) {
    const gap = bytes.indexOf("\n\n", start, "latin1");
    const end = gap < 0 ? bytes.length : gap + 1;
    if (visit(new Stanza(bytes, start, end)) === false) return;
    start = skipBlank(bytes, end);
  }
}

/** Every stanza, kept. For small files; an index wants `forEachStanza`. */
export function stanzasOf(text: Buffer | string): Stanza[] {
  const found: Stanza[] = [];
  forEachStanza(text, (stanza) => {
    found.push(stanza);
  });
  return found;
}

/** Every stanza as a map from lower-cased field name to value. For small files. */
export function parseStanzas(text: Buffer | string): ReadonlyMap<string, string>[] {
  return stanzasOf(text).map(toMap);
}

/** The first stanza as a map from lower-cased field name to value; empty when there is none. */
export function parseStanza(text: Buffer | string): ReadonlyMap<string, string> {
  const first = stanzasOf(text)[0];
  return first === undefined ? new Map() : toMap(first);
}

function toMap(stanza: Stanza): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [name, value] of stanza.fields()) {
    const key = name.trim().toLowerCase();
    if (!map.has(key)) map.set(key, value);
  }
  return map;
}

function withoutCarriageReturns(bytes: Buffer): Buffer {
  if (bytes.indexOf("\r\n", 0, "latin1") < 0) return bytes;
  return Buffer.from(bytes.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
}

/** First line at or after `from` that belongs to a stanza. */
function skipBlank(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && (bytes[at] === NEWLINE || bytes[at] === HASH)) {
    const newline = bytes.indexOf(NEWLINE, at);
    if (newline < 0) return bytes.length;
    at = newline + 1;
  }
  return at;
}

function isContinuation(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

const lowered = new Map<string, Uint8Array>();

function lowerBytes(field: string): Uint8Array {
  let bytes = lowered.get(field);
  if (bytes === undefined) {
    bytes = Buffer.from(field.toLowerCase(), "latin1");
    lowered.set(field, bytes);
  }
  return bytes;
}

function isFieldAt(bytes: Buffer, line: number, wanted: Uint8Array): boolean {
  if (bytes[line + wanted.length] !== COLON) return false;
  for (let index = 0; index < wanted.length; index++) {
    const byte = bytes[line + index] as number;
    if ((byte >= 65 && byte <= 90 ? byte | 32 : byte) !== wanted[index]) return false;
  }
  return true;
}
