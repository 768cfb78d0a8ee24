/**
 * Control data (deb822(5)) in one pass, for files of which every stanza is wanted: the bytes become one string, and values are
 * cut out of it. Several times quicker than `Stanza.get` for each field, at the price of the string.
 */

import { isAscii } from "node:buffer";

/** The wanted fields of one stanza, names in lower case. Only good during the visit. */
export interface ControlRecord {
  /** As `Stanza.get`. Cut out of the text when it is asked for. */
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
const COLON = 58;

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
  const record = new OpenRecord(text, same, wanted);
  for (let at = 0; at < text.length; ) {
    const first = text.charCodeAt(at);
    if (first === NEWLINE || first === HASH) {
      at = afterLine(text, at);
      continue;
    }
    at = record.open(at);
    visit(record);
  }
}

/** One for all stanzas of a text: of each, nothing is made but the values that somebody asks for. */
class OpenRecord implements ControlRecord {
  start = 0;
  end = 0;
  readonly #text: string;
  readonly #bytes: Buffer;
  /** By field: where its value begins, -1 where it is absent, and where the lines that continue it end. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #numbers: ReadonlyMap<string, number>;
  /** Fields by the first letter of their names, small or capital. */
  readonly #likely = new Array<readonly Name[] | undefined>(256).fill(undefined);
  /** Whether the stanza is ASCII from end to end, as most are. Undefined until somebody asks. */
  #isPlain: boolean | undefined;

  constructor(text: string, bytes: Buffer, wanted: ReadonlySet<string>) {
    const names = [...wanted].map((name, number) => ({ number, small: name, capital: name.toUpperCase() }));
    this.#text = text;
    this.#bytes = bytes;
    this.#starts = new Int32Array(names.length);
    this.#ends = new Int32Array(names.length);
    this.#numbers = new Map(names.map(({ small, number }) => [small, number]));
    for (const name of names)
      for (const first of new Set([name.small.charCodeAt(0), name.capital.charCodeAt(0)]))
        this.#likely[first] = [...(this.#likely[first] ?? []), name];
  }

  /** Reads a stanza. @returns where it ends */
  open(start: number): number {
    const text = this.#text;
    const starts = this.#starts.fill(-1);
    const ends = this.#ends;
    this.#isPlain = undefined;
    let open = -1;
    let at = start;
    while (at < text.length) {
      const first = text.charCodeAt(at);
      if (first === NEWLINE) break;
      const next = afterLine(text, at);
      if (first === SPACE || first === TAB) {
        if (open >= 0) ends[open] = next;
      } else if (first !== HASH) {
        // Most lines are of fields that nobody wants: of those it is enough to see where they end.
        const likely = this.#likely[first];
        const name = likely === undefined ? undefined : nameAt(text, at, likely);
        open = -1;
        if (name !== undefined && starts[name.number] === -1) {
          open = name.number;
          starts[open] = at + name.small.length + 1;
          ends[open] = next;
        }
      }
      at = next;
    }
    this.start = start;
    this.end = at;
    return at;
  }

  readonly get = (field: string): string | undefined => {
    const number = this.#numbers.get(field) ?? -1;
    const start = this.#starts[number] ?? -1;
    if (start < 0) return undefined;
    const end = this.#ends[number] ?? start;
    let next = afterLine(this.#text, start);
    let value = this.#decode(start, next).trim();
    for (let at = next; at < end; at = next) {
      next = afterLine(this.#text, at);
      if (this.#text.charCodeAt(at) !== HASH) value += `\n${this.#decode(at, next).trimEnd()}`;
    }
    return value;
  };

  isMalformed(): boolean {
    return isMalformed(this.#text, this.start, this.end);
  }

  text(): string {
    return this.#decode(this.start, this.end);
  }

  #decode(from: number, to: number): string {
    this.#isPlain ??= isAscii(this.#bytes.subarray(this.start, this.end));
    return this.#isPlain ? this.#text.slice(from, to) : this.#bytes.toString("utf8", from, to);
  }
}

interface Name {
  readonly number: number;
  readonly small: string;
  readonly capital: string;
}

/** That of these names which a line begins with, and a colon after it. */
function nameAt(text: string, at: number, names: readonly Name[]): Name | undefined {
  for (const name of names)
    if (text.charCodeAt(at + name.small.length) === COLON && isNameAt(text, at, name)) return name;
  return undefined;
}

function isNameAt(text: string, at: number, { small, capital }: Name): boolean {
  for (let index = 0; index < small.length; index += 1) {
    const code = text.charCodeAt(at + index);
    if (code !== small.charCodeAt(index) && code !== capital.charCodeAt(index)) return false;
  }
  return true;
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
