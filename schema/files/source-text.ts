/** The text of one file with what is needed to point into it. */
export interface SourceText {
  /** Path as the user should see it. */
  readonly file: string;
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
}

/** Prepares a text for pointing into it. Lines end with LF or CRLF. */
export function sourceText(file: string, text: string): SourceText {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { file, text, lineStarts };
}

/** Line and column of an offset, both counted from 1. A byte order mark is no column. */
export function positionAt(source: SourceText, offset: number): { readonly line: number; readonly column: number } {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const mark = low === 0 && source.text.startsWith("\ufeff") && offset > 0 ? 1 : 0;
  return { line: low + 1, column: offset - (source.lineStarts[low] ?? 0) + 1 - mark };
}

/** A line by its number from 1, without its end. Empty where there is no such line. */
export function lineAt(source: SourceText, line: number): string {
  const start = source.lineStarts[line - 1];
  if (start === undefined) return "";
  const text = source.text.slice(start, source.lineStarts[line]).replace(/\r?\n$/, "");
  return line === 1 ? text.replace(/^\ufeff/, "") : text;
}
