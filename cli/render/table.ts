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
  const taken = rows.map(columnsOf);
  const widths = narrowed(widest(taken), options);
  const last = widths.findLastIndex((columns) => columns > 0);
  return rows.map((row, index) => [plain(" ".repeat(options.indent)), ...cells(row, taken[index] ?? [], widths, last)]);
}

/** Columns that the rows take when nothing is cut, indentation included. */
export function tableWidth(rows: readonly (readonly Cell[])[], indent: number): number {
  return total(widest(rows.map(columnsOf)), indent);
}

function columnsOf(row: readonly Cell[]): readonly number[] {
  return row.map(({ text }) => width(text));
}

function widest(taken: readonly (readonly number[])[]): number[] {
  const widths: number[] = [];
  for (const row of taken) {
    for (const [index, columns] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, columns);
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

/** @param taken columns that each cell takes as it is */
function cells(row: readonly Cell[], taken: readonly number[], widths: readonly number[], last: number): Segment[] {
  const pieces: Segment[] = [];
  row.forEach((cell, index) => {
    const [own = 0, columns = 0] = [taken[index], widths[index]];
    if (columns === 0) return;
    const text = own <= columns ? cell.text : (cell.fit?.(columns) ?? shorten(cell.text, columns));
    pieces.push({ text, tone: cell.tone });
    if (index < last) pieces.push(plain(" ".repeat(columns - (own <= columns ? own : width(text)) + GAP)));
  });
  return pieces;
}
