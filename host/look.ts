import fs, { type Stats } from "node:fs";
import { errnoOf } from "./disk.ts";

// As they are when this loads: whoever watches looks (looks.ts) does not watch itself. So nothing may be read on the word of this file
// alone; keys of caches are made from file-stamp.ts, whose looks are watched like all others.
const { lstatSync, statSync } = fs;

/**
 * How closely something was looked at: whether it is there, what it is (of a folder not what lies in it), or what lies in the folder.
 */
export type Look = "presence" | "itself" | "entries";

/** What is seen where nothing is. */
export const ABSENT = "absent";

/** A path that was looked at, and what was seen. */
export type Looked = readonly [path: string, look: Look, seen: string];

/** What is seen of a path, as text that changes when that does. */
export interface Sight {
  readonly seen: string;
  /** When that or what it leads to was last changed, in ms since the epoch; undefined where there is nothing. */
  readonly changed?: number;
}

/** As `sightOf`, the text alone. */
export function lookAt(path: string, look: Look): string {
  return sightOf(path, look).seen;
}

/** What is seen of a path and of what it leads to. Never throws. */
export function sightOf(path: string, look: Look): Sight {
  const found = facts(() => lstatSync(path, { throwIfNoEntry: false }));
  if (typeof found === "string") return { seen: found };
  const { ctimeMs } = found;
  if (!found.isSymbolicLink()) return { seen: textOf(found, look), changed: ctimeMs };
  const target = facts(() => statSync(path, { throwIfNoEntry: false }));
  const link = `${textOf(found, look)} > `;
  if (typeof target === "string") return { seen: link + target, changed: ctimeMs };
  return { seen: link + textOf(target, look), changed: Math.max(ctimeMs, target.ctimeMs) };
}

/**
 * Whether a change at about the time of a look could have left its text as it was: clocks of file systems tick in steps of up
 * to 10 ms, some of two seconds. `time`: of the look, in ms since the epoch.
 */
export function mayHide({ changed }: Sight, time: number): boolean {
  if (changed === undefined) return false;
  const step = changed % 1000 === 0 ? 2000 : 20;
  return changed > time - step;
}

function facts(read: () => Stats | undefined): Stats | string {
  try {
    return read() ?? ABSENT;
  } catch (error) {
    return errnoOf(error) ?? "unreadable";
  }
}

function textOf(found: Stats, look: Look): string {
  if (look === "presence") return "there";
  const { dev, ino, mode, uid, gid, size, mtimeMs, ctimeMs } = found;
  if (found.isDirectory() && look === "itself") return `${dev} ${ino} ${mode} ${uid} ${gid}`;
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}
