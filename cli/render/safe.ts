import { stripVTControlCharacters } from "node:util";

/** C0, DEL, C1, line and paragraph separators, and the marks that reorder or hide text. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

/**
 * Text from outside as one line that cannot steer a terminal: escape sequences and control characters go, line breaks
 * and tabs become spaces.
 */
export function safe(text: string): string {
  return stripVTControlCharacters(text.replace(/[\r\n\t]+/g, " ")).replace(UNSAFE, "");
}

/** The same for a text of several lines, whose line breaks stay. */
export function safeLines(text: string): string {
  return text
    .split("\n")
    .map((line) => stripVTControlCharacters(line.replaceAll("\t", "        ")).replace(UNSAFE, ""))
    .join("\n");
}
