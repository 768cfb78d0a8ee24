/** One text that is cut into rows. */
export interface Column {
  readonly text: Buffer;
  /** Where each row begins, and where the last one ends. */
  readonly starts: Uint32Array;
}

/** Row that a position of the text lies in. The position must be in the text. */
export function rowAt({ starts }: Column, position: number): number {
  let [low, high] = [0, starts.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= position) low = middle;
    else high = middle;
  }
  return low;
}

/** One row of a column. */
export function rowOf({ text, starts }: Column, row: number): Buffer {
  return text.subarray(starts[row] ?? 0, starts[row + 1] ?? 0);
}
