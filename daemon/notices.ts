import { readFileSync, watch } from "node:fs";

/** Tells of changes until it is closed. */
export interface Notices {
  close(): void;
}

let doubts = 0;
let lately = 0;
let many: number | undefined;

/** Rises when notices may have been lost on their way, of any path that this process looks after. */
export function lostNotices(): number {
  return doubts;
}

/**
 * Tells of each change of a file, or of a folder and the names in it. The kernel has a queue for the whole process, and forgets what finds it
 * full without a word here (inotify(7), libuv): so what comes at once is counted. What is closed takes notices along that then are not.
 * @throws system errors, as where there are too many watches
 */
export function openNotices(path: string, onNotice: (name: string | null) => void): Notices {
  many ??= Math.max(1, Math.floor(mostQueued() / 2));
  const most = many;
  const watcher = watch(path, (_, name) => {
    if (lately === 0)
      setImmediate(() => {
        lately = 0;
      });
    lately += 1;
    if (lately % most === 0) doubts += 1;
    onNotice(name);
  });
  const close = () => {
    doubts += 1;
    watcher.close();
  };
  // A folder that goes away is no reason to end.
  watcher.on("error", () => {
    close();
    onNotice(null);
  });
  return { close };
}

/** Where that is not told, every notice is cause for doubt. */
function mostQueued(): number {
  try {
    return Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "latin1"));
  } catch {
    return 0;
  }
}
