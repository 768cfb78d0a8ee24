import type { PinEntry } from "../model/lock.ts";

/** A pin that stands on a line of its own, in the one form in which omg writes them. */
export interface PlainPin {
  /** Of the `apt` section. */
  readonly name: string;
  readonly pin: Omit<PinEntry, "auto"> & { readonly auto?: true };
  /** Where its key begins in the text. */
  readonly offset: number;
}

export interface PlainPins {
  /** The text with these lines blank, and everything else where it was. */
  readonly rest: string;
  readonly pins: readonly PlainPin[];
}

const HEAD = /^pins: [a-z0-9][a-z0-9._-]*$/;
const DIGESTS = '(?:(?:release|signature|packages): "?[0-9a-f]{64}"?,? )+';
const INDEXES = new RegExp(
  String.raw`^indexes: \{(?: (?:"[^"\\]*"|[A-Za-z0-9_][A-Za-z0-9_.+/~@-]*): \{ ${DIGESTS}\},?)+ \}$`,
);
const NAME = "[a-z0-9][a-z0-9+.-]{0,198}[a-z0-9+.](?::[a-z0-9][a-z0-9-]*)?";
const VERSION = "[A-Za-z0-9][A-Za-z0-9.+:~_-]{0,255}";
const ENTRY = new RegExp(
  String.raw`^  (?:(${NAME})|"(${NAME})"): \{ version: "(${VERSION})"(?:, sha256: (?:([0-9a-f]{64})|"([0-9a-f]{64})"))?(?:, from: ([a-z][a-z0-9-]{0,99}))?(, auto: true)? \}$`,
);
/** Plain scalars that YAML 1.2's core schema reads as something else than text (10.3.2). */
const NOT_TEXT = /^(?:\d+(?:e\d+)?|null|true|false)$/;

/**
 * Takes the pins of the `apt` section out of a lock's text, line by line, where omg wrote them so: a real YAML parser takes
 * a hundred times as long, and reads what is left. Whatever stands there in any other form, and everything that might mean
 * something else in its place, is left to that parser. Pure.
 */
export function takePlainPins(text: string): PlainPins {
  const nothing = { rest: text, pins: [] };
  // A directive, or a carriage return that is no end of a line, could change what lines mean.
  if (/^%/m.test(text) || text.includes("\r") || text.includes("\ufeff")) return nothing;
  const pins = documentsOf(text).flatMap(plainPinsIn);
  if (pins.length === 0) return nothing;
  let rest = "";
  let at = 0;
  for (const { start, end } of pins) {
    rest += text.slice(at, start) + " ".repeat(end - start);
    at = end;
  }
  return { rest: rest + text.slice(at), pins: pins.map(({ name, pin, start }) => ({ name, pin, offset: start + 2 })) };
}

interface Line {
  readonly start: number;
  readonly text: string;
}

/** Lines `---` begin a document wherever they stand: YAML forbids them inside every kind of scalar (9.1.2). */
function documentsOf(text: string): readonly (readonly Line[])[] {
  const documents: Line[][] = [[]];
  let start = 0;
  for (const line of text.split("\n")) {
    if (/^(?:---|\.\.\.)(?:\s|$)/.test(line)) documents.push(line === "---" ? [] : [{ start, text: line }]);
    // A comment is one wherever lines are as plain as they have to be here.
    else if (line !== "" && !line.startsWith("#")) documents.at(-1)?.push({ start, text: line });
    start += line.length + 1;
  }
  return documents;
}

type Found = Pick<PlainPin, "name" | "pin"> & { readonly start: number; readonly end: number };

/** The first entry is left where it is, so that the section stays a map. None where a line is not as omg writes it. */
function plainPinsIn(lines: readonly Line[]): readonly Found[] {
  const [head, ...after] = lines;
  if (head === undefined || !HEAD.test(head.text)) return [];
  const body = INDEXES.test(after[0]?.text ?? "") ? after.slice(1) : after;
  if (body[0]?.text !== "apt:") return [];
  const found = body.slice(1).map(entryOf);
  const names = new Set<string>();
  for (const entry of found) {
    if (entry === undefined || names.has(entry.name)) return [];
    names.add(entry.name);
  }
  return found.slice(1) as readonly Found[];
}

function entryOf({ start, text }: Line): Found | undefined {
  const [, bare, quoted, version, plain, inQuotes, from, auto] = ENTRY.exec(text) ?? [];
  const name = bare ?? quoted;
  const sha256 = plain ?? inQuotes;
  if (name === undefined || version === undefined || NOT_TEXT.test(plain ?? "") || NOT_TEXT.test(from ?? "")) {
    return undefined;
  }
  const pin = {
    version,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(from === undefined ? {} : { from }),
    ...(auto === undefined ? {} : { auto: true as const }),
  };
  return { name, pin, start, end: start + text.length };
}
