import fs, { type Stats } from "node:fs";
import { errnoOf } from "./disk.ts";

// As they are when this loads: whoever watches looks (looks.ts) does not watch itself. So nothing may be read on the word of this file
// alone; keys of caches are made from file-stamp.ts, whose looks are watched like all others.
const { lstatSync, statSync } = fs;

/**
 * How closely something was looked at: whether it is there, what it is (of a folder not what lies in it), or what lies in the folder.
 */
export type Look = "presence" | "itself" | "entries";

/** A path that was looked at, and what was seen. */
export type Looked = readonly [path: string, look: Look, seen: string];

/** What is seen of a path and of what it leads to, as text that changes when that does. Never throws. */
export function lookAt(path: string, look: Look): string {
  const found = facts(() => lstatSync(path, { throwIfNoEntry: false }));
  if (typeof found === "string") return found;
  if (!found.isSymbolicLink()) return textOf(found, look);
  const target = facts(() => statSync(path, { throwIfNoEntry: false }));
  return `${textOf(found, look)} > ${typeof target === "string" ? target : textOf(target, look)}`;
}

/**
 * Whether a change at about the time of a look could have left that text as it was: clocks of file systems tick in steps of up
 * to 10 ms, some of two seconds. `time`: of the look, in ms since the epoch.
 */
export function mayHide(path: string, time: number): boolean {
  const found = [lstatSync, statSync].map((read) => facts(() => read(path, { throwIfNoEntry: false })));
  return found.some((each) => {
    if (typeof each === "string") return false;
    const step = each.ctimeMs % 1000 === 0 ? 2000 : 20;
    return each.ctimeMs > time - step;
  });
}

function facts(read: () => Stats | undefined): Stats | string {
  try {
    return read() ?? "absent";
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
