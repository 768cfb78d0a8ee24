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

/** What a program reads and a person does not see: controls, format characters, fillers, private use; and tabs look like spaces to both. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\u115f\u1160\u3164\uffa0]/gu;

/**
 * One line of a text that somebody is to agree to: nothing of it is left out. What would act on a terminal, or would not be seen, stands
 * there by its name: `^[`, `<U+202E>`.
 */
export function spelledOut(text: string): string {
  return text.replaceAll("\t", "        ").replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20
      ? `^${String.fromCharCode(code + 0x40)}`
      : `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
  });
}
