export interface TomlPlace {
  readonly key: number;
  readonly value: number;
}

/** Where the keys of a TOML text stand: offsets of a key and of its value, by `pathKey`. */
export interface TomlIndex {
  readonly keys: ReadonlyMap<string, TomlPlace>;
  /** Deepest nesting of brackets, and most parts of a key: what a recursive reader would descend. */
  readonly depth: number;
}

/** Nesting that a reader need not go beyond; the index ends there. */
export const MAX_DEPTH = 16;

/** A path as one string; parts may hold anything. */
export function pathKey(path: readonly (string | number)[]): string {
  return JSON.stringify(path.map(String));
}

const BLANK = /[ \t\r\n]*/y;
const SPACE = /[ \t]*/y;
const REST_OF_LINE = /[^\n]*/y;
const BARE_KEY = /[A-Za-z0-9_-]+/y;
const HEADER = /\[{1,2}/y;
const ORDINARY = /[^\n[\]{}"'#]+/y;

/**
 * Finds the keys of tables and of lines, without reading values: keys inside inline tables have no entry of their own.
 * A text that is no TOML gives an incomplete index, never an error.
 */
export function indexToml(text: string): TomlIndex {
  const scan: Scan = { text, at: text.startsWith("\ufeff") ? 1 : 0, depth: 0 };
  const keys: Keys = new Map();
  const arrays = new Map<string, number>();
  let table: readonly string[] = [];
  for (skip(scan, BLANK); scan.at < text.length; skip(scan, BLANK)) {
    const start = scan.at;
    const header = skip(scan, HEADER);
    const path = dottedKey(scan);
    if (scan.depth > MAX_DEPTH) break;
    if (header !== "") {
      table = header === "[[" ? nextOfArray(arrays, path) : inArrays(arrays, path);
      add(keys, table, start, start);
    } else if (path.length > 0 && skip(scan, /=[ \t]*/y) !== "") {
      add(keys, [...table, ...path], start, scan.at);
      skipValue(scan);
    }
    skip(scan, REST_OF_LINE);
  }
  return { keys, depth: scan.depth };
}

type Keys = Map<string, TomlPlace>;

interface Scan {
  readonly text: string;
  at: number;
  depth: number;
}

function skip(scan: Scan, pattern: RegExp): string {
  pattern.lastIndex = scan.at;
  const found = pattern.exec(scan.text)?.[0] ?? "";
  scan.at += found.length;
  return found;
}

function dottedKey(scan: Scan): string[] {
  const parts: string[] = [];
  for (;;) {
    skip(scan, SPACE);
    const part = keyPart(scan);
    if (part === undefined) return parts;
    parts.push(part);
    scan.depth = Math.max(scan.depth, parts.length);
    skip(scan, SPACE);
    if (scan.text[scan.at] !== ".") return parts;
    scan.at++;
  }
}

function keyPart(scan: Scan): string | undefined {
  const bare = skip(scan, BARE_KEY);
  if (bare !== "") return bare;
  const quote = scan.text[scan.at];
  if (quote !== '"' && quote !== "'") return undefined;
  const start = scan.at;
  scan.at = endOfString(scan.text, start);
  const quoted = scan.text.slice(start, scan.at);
  return quote === "'" ? quoted.slice(1, -1) : unescaped(quoted);
}

function unescaped(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    // An escape that only TOML has: the key is then found by its parent.
    return quoted.slice(1, -1);
  }
}

// The end of a string of any of the four kinds; one that is never closed ends with its line, or with the text.
function endOfString(text: string, start: number): number {
  const quote = text.charAt(start);
  const long = text.startsWith(quote.repeat(3), start);
  const close = long ? quote.repeat(3) : quote;
  for (let at = start + close.length; at < text.length; at++) {
    if (text[at] === "\\" && quote === '"') at++;
    else if (text[at] === "\n" && !long) return at;
    else if (text.startsWith(close, at)) return afterQuotes(text, at + close.length, long ? quote : undefined);
  }
  return text.length;
}

// A long string may end in up to two quotes of its own.
function afterQuotes(text: string, at: number, quote: string | undefined): number {
  if (quote === undefined || text[at] !== quote) return at;
  return text[at + 1] === quote ? at + 2 : at + 1;
}

/** `[[waivers]]`: each header begins the next element. */
function nextOfArray(arrays: Map<string, number>, path: readonly string[]): string[] {
  const inside = inArrays(arrays, path.slice(0, -1));
  const full = [...inside, ...path.slice(-1)];
  const index = (arrays.get(pathKey(full)) ?? -1) + 1;
  arrays.set(pathKey(full), index);
  return [...full, String(index)];
}

/** A path through arrays of tables goes through their last element. */
function inArrays(arrays: ReadonlyMap<string, number>, path: readonly string[]): string[] {
  const full: string[] = [];
  for (const part of path) {
    full.push(part);
    const index = arrays.get(pathKey(full));
    if (index !== undefined) full.push(String(index));
  }
  return full;
}

// The table that a dotted key or a header implies stands where it is first written.
function add(keys: Keys, path: readonly string[], key: number, value: number): void {
  for (let length = 1; length <= path.length; length++) {
    const id = pathKey(path.slice(0, length));
    if (!keys.has(id)) keys.set(id, { key, value: length === path.length ? value : key });
  }
}

function skipValue(scan: Scan): void {
  let open = 0;
  while (scan.at < scan.text.length) {
    skip(scan, ORDINARY);
    const next = scan.text[scan.at];
    if (next === "\n" && open === 0) return;
    if (next === '"' || next === "'") scan.at = endOfString(scan.text, scan.at);
    else if (next === "#") skip(scan, REST_OF_LINE);
    else scan.at++;
    if (next === "[" || next === "{") scan.depth = Math.max(scan.depth, ++open);
    else if (next === "]" || next === "}") open = Math.max(0, open - 1);
  }
}
