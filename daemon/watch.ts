import { lstatSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type Notices, openNotices } from "./notices.ts";

/** Files and folders that are looked after. */
export interface Watch {
  /** Looks after these from now on, and after no others. @returns whether these are others than before */
  set(paths: readonly string[]): boolean;
  end(): void;
}

/**
 * Tells of every change of a file, also of one that is replaced or only made later, and of every name that comes and goes in a folder.
 * What cannot be watched (no folder, no more watches: inotify(7)) is left to the next poll.
 */
export function openWatch(onChange: () => void): Watch {
  let open: readonly Notices[] = [];
  let known = "[]";
  const end = () => {
    for (const watcher of open) watcher.close();
    open = [];
  };
  return {
    end,
    set: (paths) => {
      const wanted = JSON.stringify(paths);
      if (wanted === known) return false;
      end();
      known = wanted;
      open = paths.flatMap((path) => watcherOf(path, onChange));
      return true;
    },
  };
}

function watcherOf(path: string, onChange: () => void): readonly Notices[] {
  try {
    const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    const name = basename(path);
    const onNotice = (changed: string | null) => {
      if (isFolder || changed === name || changed === null) onChange();
    };
    return [openNotices(isFolder ? path : dirname(path), onNotice)];
  } catch {
    return [];
  }
}
