import { lstatSync, unwatchFile, watchFile } from "node:fs";
import { basename, dirname } from "node:path";
import { errnoOf } from "../host/disk.ts";
import { type Notices, openNotices } from "./notices.ts";

/** Files and folders that are looked after. */
export interface Watch {
  /** Looks after these from now on, and after no others, where they are now. @returns whether these are others than before, or elsewhere */
  set(paths: readonly string[]): boolean;
  /** Whether the kernel has no more watches (inotify(7)), so that files are looked at every few seconds instead. */
  short(): boolean;
  end(): void;
}

/** What the kernel says where it has no more watches, or no more queues for them (inotify_add_watch(2), inotify_init(2)). */
const SHORT = ["ENOSPC", "EMFILE"];
const LOOK_MS = 2000;

/** What is watched for a path: itself, where it is a folder; otherwise the nearest folder above it that is there, for the next name on the way. */
interface Place {
  readonly folder: string;
  readonly name?: string;
  /** Another folder may come to lie at the same path. */
  readonly id: string;
}

interface Entry {
  readonly place: Place | undefined;
  readonly notices: Notices | undefined;
  readonly looks: boolean;
}

/**
 * Tells of every change of a file, also of one that is replaced or only made later, and of every name that comes and goes in a folder.
 * What cannot be watched is left to the next poll, but for want of watches: then it is looked at.
 */
export function openWatch(onChange: () => void): Watch {
  let entries = new Map<string, Entry>();
  return {
    short: () => [...entries.values()].some(({ looks }) => looks),
    end: () => {
      for (const { notices } of entries.values()) notices?.close();
      entries = new Map();
    },
    set: (paths) => {
      const before = entries;
      entries = new Map();
      let isOther = false;
      for (const path of new Set(paths)) {
        const place = placeOf(path);
        const known = before.get(path);
        const stays = known?.notices !== undefined && isSame(known.place, place) && !known.looks;
        const entry = stays ? known : entryOf(path, place, onChange, known);
        entries.set(path, entry);
        if (entry !== known) isOther = true;
      }
      for (const [path, entry] of before) {
        if (entries.get(path) === entry) continue;
        entry.notices?.close();
        isOther = true;
      }
      return isOther;
    },
  };
}

/** @param known where it is looked at, or could not be watched, and may be by now: that goes on if not, or what changed since the last look would be missed */
function entryOf(path: string, place: Place | undefined, onChange: () => void, known: Entry | undefined): Entry {
  const unwatched =
    known !== undefined && known.notices === undefined && isSame(known.place, place) ? known : undefined;
  if (place === undefined) return unwatched ?? { place, notices: undefined, looks: false };
  const { folder, name } = place;
  try {
    const notices = openNotices(folder, (changed) => {
      if (name === undefined || changed === name || changed === null) onChange();
    });
    return { place, notices, looks: false };
  } catch (error) {
    const looks = SHORT.includes(errnoOf(error) ?? "");
    if (looks && known?.looks === true) return known;
    if (!looks && unwatched !== undefined) return unwatched;
    return { place, notices: looks ? openLooks(path, onChange) : undefined, looks };
  }
}

function openLooks(path: string, onChange: () => void): Notices {
  const listener = () => onChange();
  watchFile(path, { interval: LOOK_MS }, listener);
  return { close: () => unwatchFile(path, listener) };
}

function placeOf(path: string): Place | undefined {
  const own = folderAt(path);
  if (own !== undefined) return { folder: path, id: own };
  const folder = dirname(path);
  if (folder === path) return undefined;
  const id = folderAt(folder);
  return id === undefined ? placeOf(folder) : { folder, name: basename(path), id };
}

function folderAt(path: string): string | undefined {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found?.isDirectory() === true ? `${found.dev} ${found.ino} ${found.birthtimeMs}` : undefined;
  } catch {
    return undefined;
  }
}

function isSame(one: Place | undefined, other: Place | undefined): boolean {
  return one?.folder === other?.folder && one?.name === other?.name && one?.id === other?.id;
}
