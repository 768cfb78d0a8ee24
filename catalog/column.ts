/** One text that is cut into rows. */
export interface Column {
  readonly text: Buffer;
  /** Where each row begins, and where the last one ends. */
  readonly starts: Uint32Array;
}
