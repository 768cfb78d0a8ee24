import { safe } from "./safe.ts";

/** What a piece of text means; the terminal's colours follow from it. */
export type Tone = "plain" | "strong" | "dim" | "good" | "bad" | "warn";

export interface Segment {
  readonly text: string;
  readonly tone: Tone;
}

/** One line of a screen, without its line break. */
export type Line = readonly Segment[];

export const plain = (text: string): Segment => ({ text, tone: "plain" });
export const strong = (text: string): Segment => ({ text, tone: "strong" });
export const dim = (text: string): Segment => ({ text, tone: "dim" });
export const good = (text: string): Segment => ({ text, tone: "good" });
export const bad = (text: string): Segment => ({ text, tone: "bad" });
export const warn = (text: string): Segment => ({ text, tone: "warn" });

/** A line of pieces; a bare string is plain. */
export function line(...pieces: readonly (string | Segment)[]): Line {
  return pieces.map((piece) => (typeof piece === "string" ? plain(piece) : piece));
}

export const EMPTY: Line = [];

/** Safe, and below the combining marks nothing is wide or without width, nor is the punctuation of our own screens: the tables of Unicode load slowly. */
const SINGLE = /^[ -~\xa0-\u02ff\u2010-\u2027]*$/;

/** Columns that a text takes on a terminal once it is made safe. */
export function width(text: string): number {
  if (SINGLE.test(text)) return text.length;
  let columns = 0;
  for (const character of safe(text)) columns += columnsOfOne(character);
  return columns;
}

function columnsOfOne(character: string): number {
  if (/\p{Mn}|\p{Me}/u.test(character)) return 0;
  const wide =
    /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\uff01-\uff60]|\p{Emoji_Presentation}/u;
  return wide.test(character) ? 2 : 1;
}

/** Cuts the middle out of a text that is too wide: `libreoffice-…-nogui`. Both ends tell more than the middle. */
export function shorten(text: string, columns: number): string {
  const shown = safe(text);
  if (width(shown) <= columns) return shown;
  if (columns <= 1) return "…".slice(0, columns);
  const characters = [...shown];
  const tail = takeColumns(characters.toReversed(), Math.floor((columns - 1) / 2)).toReversed();
  const head = takeColumns(characters, columns - 1 - width(tail.join("")));
  return `${head.join("")}…${tail.join("")}`;
}

function takeColumns(characters: readonly string[], columns: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const character of characters) {
    used += width(character);
    if (used > columns) break;
    taken.push(character);
  }
  return taken;
}
