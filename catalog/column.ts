/** One text that is cut into rows. */
export interface Column {
  readonly text: Buffer;
  /** Where each row begins, and where the last one ends. */
  readonly starts: Uint32Array;
}

/** One row of a column. */
export function rowOf({ text, starts }: Column, row: number): Buffer {
  return text.subarray(starts[row] ?? 0, starts[row + 1] ?? 0);
}
