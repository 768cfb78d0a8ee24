import { type Dirent, type FSWatcher, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import type { Context } from "../context.ts";
import { type Became, becomeTool } from "../here/become.ts";

/** Folders that programs fill by themselves. */
const LEFT_OUT = new Set(["node_modules", "target", "dist", "build", "out", "coverage", "__pycache__", "vendor"]);
/** inotify(7) has a limit for each user, and others watch, too. */
const MAX_FOLDERS = 4000;
/** Editors write a file in several steps. Milliseconds. */
const SETTLED = 150;

/** Runs a command, and again whenever something below the folder has changed, until a signal ends it. */
export async function runWatching(ctx: Context, command: readonly string[]): Promise<Became> {
  for (;;) {
    const changed = nextChange(ctx.cwd);
    const stop = new AbortController();
    const running = becomeTool(command, ctx, { folder: ctx.cwd, program: ctx.program }, stop.signal);
    const first = await Promise.race([running, changed.happened]);
    if (first !== "changed") {
      // Ended by a signal of the person's, or there is nothing to run at all.
      if (first.said !== undefined || first.exit === 130 || first.exit === 143) {
        changed.end();
        return first;
      }
      await changed.happened;
    }
    stop.abort();
    await running;
  }
}

interface Change {
  readonly happened: Promise<"changed">;
  end(): void;
}

function nextChange(folder: string): Change {
  const watchers: FSWatcher[] = [];
  const end = () => {
    for (const watcher of watchers.splice(0)) watcher.close();
  };
  const happened = new Promise<"changed">((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const note = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        end();
        resolve("changed");
      }, SETTLED);
    };
    for (const each of foldersBelow(folder)) {
      const watcher = watch(each, { persistent: true }, (_, name) => {
        if (name === null || !isLeftOut(name)) note();
      });
      watcher.on("error", () => undefined);
      watchers.push(watcher);
    }
  });
  return { happened, end };
}

function foldersBelow(top: string): string[] {
  const folders = [top];
  for (let at = 0; at < folders.length && folders.length < MAX_FOLDERS; at += 1) {
    const folder = folders[at] ?? top;
    const below = entriesOf(folder).filter((entry) => entry.isDirectory() && !isLeftOut(entry.name));
    folders.push(...below.map(({ name }) => join(folder, name)));
  }
  return folders.slice(0, MAX_FOLDERS);
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function isLeftOut(name: string): boolean {
  return name.startsWith(".") || LEFT_OUT.has(name);
}
