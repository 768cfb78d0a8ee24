/** Sorted names, one after the other: a tenth of what as many strings take. ASCII. */
export interface NameTable {
  readonly bytes: Buffer;
  /** Where each name ends in `bytes`. */
  readonly ends: Uint32Array;
}

/** The table of names that are sorted already. */
export function tableOf(names: readonly string[]): NameTable {
  const ends = new Uint32Array(names.length);
  let end = 0;
  for (const [index, name] of names.entries()) {
    end += name.length;
    ends[index] = end;
  }
  return { bytes: Buffer.from(names.join(""), "latin1"), ends };
}

export function nameAt({ bytes, ends }: NameTable, index: number): string {
  return bytes.toString("latin1", index === 0 ? 0 : (ends[index - 1] ?? 0), ends[index] ?? 0);
}

/** Number of the first name that is not before this one; the length of the table where all are. */
export function firstOf(table: NameTable, name: string): number {
  let low = 0;
  let high = table.ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (nameAt(table, middle) < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
