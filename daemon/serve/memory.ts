/** What was said lately, the least lately asked for going first. */
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

/** @param most bytes of all that is kept; what alone is larger than an eighth of that is not */
export function openMemory<T>(most: number): Memory<T> {
  // In the order in which they were asked for.
  const kept = new Map<string, { readonly value: T; readonly bytes: number }>();
  let [bytes, hits, misses] = [0, 0, 0];
  const drop = (key: string) => {
    bytes -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  };
  return {
    get: (key) => {
      const found = kept.get(key);
      if (found === undefined) {
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
      kept.set(key, { value, bytes: size });
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
