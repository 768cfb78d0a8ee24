import { safe } from "./safe.ts";
import { type Tone, width } from "./segments.ts";
import type { Cell } from "./table.ts";

/** A cell of words that are read from the beginning: where it must be cut, the end goes. */
export function prose(text: string, tone: Tone): Cell {
  return { text, tone, fit: (columns) => beginning(safe(text), columns) };
}

function beginning(text: string, columns: number): string {
  const characters = [...text];
  while (characters.length > 0 && width(`${characters.join("")}…`) > columns) characters.pop();
  return `${characters.join("").trimEnd()}…`;
}
