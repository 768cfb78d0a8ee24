/** What was said lately: what is old goes, and where there is too much, the least lately asked for. */
export interface Memory<T> {
  get(key: string): T | undefined;
  put(key: string, value: T, bytes: number): void;
  clear(): void;
  stats(): MemoryStats;
}

export interface MemoryStats {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
}

/**
 * @param most bytes of all that is kept; what alone is larger than an eighth of that is not
 * @param lasts milliseconds after which a value goes, however often it was asked for
 */
export function openMemory<T>(most: number, lasts: number, clock: () => number = () => performance.now()): Memory<T> {
  // In the order in which they were asked for.
  const kept = new Map<string, { readonly value: T; readonly bytes: number; readonly until: number }>();
  let [bytes, hits, misses] = [0, 0, 0];
  const drop = (key: string) => {
    bytes -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  };
  return {
    get: (key) => {
      const found = kept.get(key);
      if (found === undefined || found.until < clock()) {
        drop(key);
        misses += 1;
        return undefined;
      }
      hits += 1;
      kept.delete(key);
      kept.set(key, found);
      return found.value;
    },
    put: (key, value, size) => {
      drop(key);
      if (size > most / 8) return;
      kept.set(key, { value, bytes: size, until: clock() + lasts });
      bytes += size;
      for (const oldest of kept.keys()) {
        if (bytes <= most) break;
        drop(oldest);
      }
    },
    clear: () => {
      kept.clear();
      bytes = 0;
    },
    stats: () => ({ entries: kept.size, bytes, hits, misses }),
  };
}
