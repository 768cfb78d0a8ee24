import { stripVTControlCharacters } from "node:util";

/** C0, DEL, C1, the marks that reorder or hide text, line and paragraph separators. Spelled out: Unicode's tables take a while to load. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it is for
const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** Whether nothing in a text has to go or change. */
export function isSafe(text: string): boolean {
  return text.search(UNSAFE) < 0;
}

/**
 * Text from outside as one line that cannot steer a terminal: escape sequences and control characters go, line breaks
 * and tabs become spaces.
 */
export function safe(text: string): string {
  // Nearly all texts are, and every escape sequence begins with one of these.
  if (isSafe(text)) return text;
  return stripVTControlCharacters(text.replace(/[\r\n\t]+/g, " ")).replace(UNSAFE, "");
}

/** The same for a text of several lines, whose line breaks stay. */
export function safeLines(text: string): string {
  return text
    .split("\n")
    .map((line) => stripVTControlCharacters(line.replaceAll("\t", "        ")).replace(UNSAFE, ""))
    .join("\n");
}

/**
 * One line of a text that somebody is to agree to: nothing of it is left out. What would act on a terminal, or would not be seen, stands
 * there by its name: `^[`, `<U+202E>`.
 */
export function spelledOut(text: string): string {
  // What a program reads and a person does not see: controls, format characters, fillers, private use; and tabs look like spaces to both.
  const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\u115f\u1160\u3164\uffa0]/gu;
  return text.replaceAll("\t", "        ").replace(unseen, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20
      ? `^${String.fromCharCode(code + 0x40)}`
      : `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
  });
}
