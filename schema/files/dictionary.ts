/**
 * A map without a prototype, so that a package called `constructor` is a package. Keys come from files; `__proto__` is
 * refused before it gets here.
 */
export function dictionary<T>(entries: Iterable<readonly [string, T]> = []): Record<string, T> {
  const result: Record<string, T> = Object.create(null);
  for (const [key, value] of entries) result[key] = value;
  return result;
}

/** A map with its keys in code unit order, which no locale changes. */
export function sortedEntries<T>(map: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
