import { type BigIntStats, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Stamp } from "../../schema/wire/resolved.ts";

/** Notes every path that is looked at. Links are followed, so it is what they lead to that counts. */
export class Watched {
  readonly #stamps = new Map<string, Stamp>();
  readonly #folder: string;

  /** @param folder what shells look at in full; elsewhere only at what is there, or what is said to matter */
  constructor(folder = "/") {
    this.#folder = folder;
  }

  /** Looks at a path, the first time for good: what is read afterwards cannot be older than its stamp. */
  look(path: string, matters = false): Stamp {
    const known = this.#stamps.get(path);
    if (known !== undefined) return known;
    const stats = statsOf(path);
    const watch = matters || stats !== undefined || dirname(path) === this.#folder;
    const stamp = stats === undefined ? { path, watch } : { path, watch, found: stampOf(stats) };
    this.#stamps.set(path, stamp);
    return stamp;
  }

  get stamps(): readonly Stamp[] {
    return [...this.#stamps.values()];
  }
}

/** Undefined also where a folder on the way may not be entered: native/resolved.c sees no more either. */
function statsOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false, bigint: true });
  } catch {
    return undefined;
  }
}

function stampOf({ mtimeNs, ctimeNs, size, ino }: BigIntStats): NonNullable<Stamp["found"]> {
  return { modified: mtimeNs, changed: ctimeNs, size, inode: ino };
}
