import { type Line, plain, type Segment, shorten, width } from "./segments.ts";

/** A cell that knows how to become narrower where its middle is not the part to lose. */
export interface Cell extends Segment {
  readonly fit?: (columns: number) => string;
}

export interface TableOptions {
  readonly indent: number;
  /** Columns of the screen; Infinity: nothing is ever cut. */
  readonly columns: number;
  /** Which table columns may be cut, by index. */
  readonly flexible: readonly number[];
}

const GAP = 2;
const NARROWEST = 8;

/** Rows as aligned lines. The last column is not padded. Cuts flexible columns where the screen is too narrow. */
export function table(rows: readonly (readonly Cell[])[], options: TableOptions): Line[] {
  const widths = narrowed(naturalWidths(rows), options);
  return rows.map((row) => tableLine(row, widths, options.indent));
}

/** Columns that the rows take when nothing is cut, indentation included. */
export function tableWidth(rows: readonly (readonly Cell[])[], indent: number): number {
  return total(naturalWidths(rows), indent);
}

function naturalWidths(rows: readonly (readonly Cell[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell.text));
  }
  return widths;
}

function total(widths: readonly number[], indent: number): number {
  const shown = widths.filter((columns) => columns > 0);
  return indent + shown.reduce((sum, columns) => sum + columns, 0) + GAP * Math.max(0, shown.length - 1);
}

function narrowed(widths: readonly number[], options: TableOptions): number[] {
  const result = [...widths];
  while (total(result, options.indent) > options.columns) {
    const widest = options.flexible.reduce(
      (best, index) => ((result[index] ?? 0) > (result[best] ?? 0) ? index : best),
      options.flexible[0] ?? -1,
    );
    const columns = result[widest] ?? 0;
    if (columns <= NARROWEST) break;
    result[widest] = columns - 1;
  }
  return result;
}

function tableLine(row: readonly Cell[], widths: readonly number[], indent: number): Line {
  const pieces: Segment[] = [plain(" ".repeat(indent))];
  row.forEach((cell, index) => {
    const columns = widths[index] ?? 0;
    if (columns === 0) return;
    const text = width(cell.text) <= columns ? cell.text : (cell.fit?.(columns) ?? shorten(cell.text, columns));
    const isLast = !widths.slice(index + 1).some((rest) => rest > 0);
    pieces.push({ text, tone: cell.tone }, plain(isLast ? "" : " ".repeat(columns - width(text) + GAP)));
  });
  return pieces;
}
