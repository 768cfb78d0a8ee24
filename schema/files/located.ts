/** Keys and list indexes that lead to a value. */
export type Path = readonly (string | number)[];

/** Where the values of a parsed file stand in its text. Paths that lead nowhere answer with their nearest parent. */
export interface Located {
  /** Offset of the key that the path ends in; of the item, in a list. */
  keyOffset(path: Path): number;
  /** Offset of the value; of its key where nothing is written. */
  valueOffset(path: Path): number;
  /** The characters of a value written without quotes, where the format may read them as something else than text. */
  literal(path: Path): string | undefined;
}
