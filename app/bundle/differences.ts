/** What becomes of a file. Lines are those that only one of the two has, in their order; a lock and its kin have one entry on each. */
export interface FileDifference {
  readonly path: string;
  readonly state: "new" | "same" | "changed";
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** @param before undefined where there is nothing yet. Pure. */
export function differenceOf(path: string, before: Buffer | undefined, after: Buffer): FileDifference {
  const [old, next] = [linesOf(before), linesOf(after)];
  const state = before === undefined ? "new" : before.equals(after) ? "same" : "changed";
  return { path, state, added: without(next, old), removed: without(old, next) };
}

function linesOf(text: Buffer | undefined): readonly string[] {
  const lines = (text?.toString("utf8") ?? "").split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

/** Each as often as it is left over. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    return count === 0;
  });
}
