import { subscribe, unsubscribe } from "node:diagnostics_channel";
import fs from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { type Look, type Looked, lookAt, mayHide, sightOf } from "./look.ts";

export interface Looks {
  /** Ends the watch. */
  stop(): void;
  /** Whether the process has written a file there. */
  wrote(path: string): boolean;
  /**
   * Everything that the process has looked at, which still is as it was then. Undefined where that is not all that it went by or did: it
   * asked another process or a server, wrote outside `folders`, or something changed meanwhile or just before. `except`: paths that
   * do not count.
   */
  stamps(about: {
    readonly folders: readonly string[];
    readonly except: readonly string[];
  }): readonly Looked[] | undefined;
  /**
   * As `stamps`, whatever else the process went by and did: for what is made anew as soon as one of these changes. `apart`: nothing in these
   * folders counts.
   */
  files(apart: readonly string[]): readonly Looked[] | undefined;
}

interface Seen {
  readonly look: Look;
  readonly stamp: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

type Anything = (...args: readonly unknown[]) => unknown;
type Functions = Record<string, unknown>;

const CLOSENESS: readonly Look[] = ["presence", "itself", "entries"];

// Names as node:fs has them, without `Sync`. What is in no list is not understood, and nothing is said of a run that uses it.
const LOOKS: Readonly<Record<string, Look>> = {
  ...named("presence", "exists"),
  ...named("itself", "access lstat readFile readlink realpath stat"),
  ...named("entries", "opendir readdir"),
};
const WRITES = new Set("chmod chown lchown mkdir mkdtemp rename rm rmdir symlink unlink utimes writeFile".split(" "));
/** A descriptor was opened by its path before. */
const ON_DESCRIPTORS = new Set(
  "close fchmod fchown fdatasync fstat fsync ftruncate futimes read readv write writev".split(" "),
);

/**
 * Watches what this process looks at from now on, whoever asks, our code or a library. It stands between them and node:fs, for
 * only so is nothing forgotten that somebody comes to read later.
 */
export function watchLooks(): Looks {
  const seen = new Map<string, Seen>();
  const written = new Set<string>();
  let whole = true;
  const spoil = () => {
    whole = false;
  };
  const look = (path: unknown, how: Look) => {
    if (typeof path === "number") return;
    if (typeof path !== "string") return spoil();
    const at = absolute(path);
    const known = seen.get(at);
    if (known !== undefined && CLOSENESS.indexOf(known.look) >= CLOSENESS.indexOf(how)) return;
    // A closer look must be at what was there for the first.
    if (known !== undefined && known.stamp !== lookAt(at, known.look)) return spoil();
    seen.set(at, { look: how, stamp: lookAt(at, how), time: known?.time ?? Date.now() });
  };
  const write = (path: unknown) => {
    if (typeof path === "string") written.add(absolute(path));
    else spoil();
  };
  const noteFor = (name: string): Anything | undefined => {
    const how = LOOKS[name];
    if (how !== undefined) return (path) => look(path, how);
    if (ON_DESCRIPTORS.has(name)) return undefined;
    if (name === "open") return (path, flags) => (isReading(flags) ? look(path, "itself") : write(path));
    if (name === "rename" || name === "symlink") return (_, path) => write(path);
    return WRITES.has(name) ? write : spoil;
  };
  const wrapFiles = (functions: object) => wrapAll(functions, (name) => noteFor(name.replace(/Sync$/, "")));
  const undo = [
    wrapFiles(fs),
    whenRead(fs, "promises", wrapFiles),
    // By way of the process, for where an import stands for a module that is loaded when it is used.
    wrapAll(process.getBuiltinModule("node:child_process"), () => spoil),
  ];
  subscribe("net.client.socket", spoil);
  return {
    stop: () => {
      for (const each of undo) each();
      unsubscribe("net.client.socket", spoil);
    },
    wrote: (path) => written.has(path),
    stamps: ({ folders, except }) => {
      const elsewhere = [...written].some((path) => !folders.some((folder) => isIn(path, folder)));
      const without = new Set(except);
      return whole && !elsewhere ? settled(seen, written, (path) => !without.has(path)) : undefined;
    },
    files: (apart) => settled(seen, written, (path) => !apart.some((folder) => isIn(path, folder))),
  };
}

/** As `resolve`, which goes through a path letter by letter, hundreds of times a run, for nothing. */
function absolute(path: string): string {
  return path.startsWith("/") && !/\/\.{0,2}(?:\/|$)/.test(path) ? path : resolve(path);
}

/** What was seen and still is so. What the process wrote itself counts as it is now, and so do the folders of that. */
function settled(
  seen: ReadonlyMap<string, Seen>,
  written: ReadonlySet<string>,
  counts: (path: string) => boolean,
): readonly Looked[] | undefined {
  const own = new Set([...written].flatMap((path) => [path, dirname(path)]));
  const stamps: Looked[] = [];
  for (const [path, { look, stamp, time }] of seen) {
    if (!counts(path)) continue;
    const now = sightOf(path, look);
    if (!own.has(path) && (now.seen !== stamp || (look !== "presence" && mayHide(now, time)))) return undefined;
    stamps.push([path, look, now.seen]);
  }
  return stamps;
}

/** Wraps what a property gives once somebody reads it: to load what is behind it takes longer than many a command. Gives the way back. */
function whenRead(module: object, property: string, wrap: (functions: object) => () => void): () => void {
  const before = Object.getOwnPropertyDescriptor(module, property) as PropertyDescriptor & { get: () => object };
  let undo: (() => void) | undefined;
  const get = () => {
    const functions = before.get();
    undo ??= wrap(functions);
    return functions;
  };
  Object.defineProperty(module, property, { ...before, get });
  return () => {
    Object.defineProperty(module, property, before);
    undo?.();
  };
}

/** Has `noteFor` a function's name called, with its arguments, before the function. Gives the way back. */
function wrapAll(module: object, noteFor: (name: string) => Anything | undefined): () => void {
  const functions = module as Functions;
  // Not those that are loaded once they are read.
  const before = Object.entries(Object.getOwnPropertyDescriptors(functions)).flatMap(([name, { value }]) =>
    /^[a-z]/.test(name) && typeof value === "function" ? [[name, value] as const] : [],
  );
  for (const [name, original] of before) {
    const note = noteFor(name);
    if (note !== undefined) functions[name] = wrapped(original as Anything, note);
  }
  return () => Object.assign(functions, Object.fromEntries(before));
}

function wrapped(original: Anything, note: Anything): Anything {
  const around: Anything = function (this: unknown, ...args) {
    note(...args);
    return Reflect.apply(original, this, args);
  };
  const own = Object.getOwnPropertyDescriptors(original) as PropertyDescriptorMap;
  const { native } = own;
  return Object.defineProperties(around, {
    ...own,
    // fs.realpath.native
    ...(native === undefined ? {} : { native: { ...native, value: wrapped(native.value as Anything, note) } }),
  });
}

function isReading(flags: unknown): boolean {
  const { O_RDWR, O_WRONLY, O_CREAT } = fs.constants;
  if (typeof flags === "number") return (flags & (O_RDWR | O_WRONLY | O_CREAT)) === 0;
  return flags === undefined || flags === "r" || flags === "rs";
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function named(look: Look, names: string): Readonly<Record<string, Look>> {
  return Object.fromEntries(names.split(" ").map((name) => [name, look]));
}
