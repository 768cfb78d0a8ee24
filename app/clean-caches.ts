import { lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { readIfPresent } from "../host/files.ts";
import { pathsFor } from "../host/paths.ts";
import type { Context } from "./context.ts";

/** Something in a cache that can go. */
export interface CacheEntry {
  readonly path: string;
  readonly bytes: number;
}

/** Names that omg gives what it keeps in its cache; whatever else lies there is left alone. */
const ANSWERS = /^(?:apt-|pacman-|catalog|lists$|releases$|resolved$|standing$)/;
const FOLDERS = /^(?:scratch-|overlay|aur$)/;
/** A folder that was written to this recently may be in use. */
const IN_USE_MS = 3600 * 1000;

/**
 * What this user's caches hold that can be had again. Of the parsed locks only those go whose lock is gone: the rest tell which
 * locks this user works with.
 */
export function cacheEntries(ctx: Context, before: Date | undefined): readonly CacheEntry[] {
  const scopes = ctx.uid === 0 ? (["system", "user"] as const) : (["user"] as const);
  const folders = [...new Set(scopes.map((scope) => pathsFor(scope, ctx).cache))];
  const isOld = ({ mtime }: Stats) => before === undefined || mtime.getTime() < before.getTime();
  return folders.flatMap((folder) => [
    ...entriesOf(folder)
      .filter(({ name, path, facts }) => isOld(facts) && isAnswer(name, path, facts, ctx.now()))
      .map(({ path }) => ({ path, bytes: sizeOf(path) })),
    ...entriesOf(join(folder, "locks"))
      .filter(({ path, facts }) => isOld(facts) && facts.isFile() && lockBehind(path) === undefined)
      .map(({ path, facts }) => ({ path, bytes: facts.size })),
  ]);
}

/** Hex SHA-256 that stand in the files of the locks that this user has worked with and that are still there. */
export function digestsInKnownLocks(ctx: Context, more: readonly string[]): ReadonlySet<string> {
  const cached = entriesOf(join(pathsFor("user", ctx).cache, "locks")).flatMap(({ path }) => lockBehind(path) ?? []);
  const texts = [...new Set([...more, ...cached])].map((path) => readIfPresent(path)?.toString("utf8") ?? "");
  return new Set(texts.flatMap((text) => text.match(/\b[0-9a-f]{64}\b/g) ?? []));
}

/** The files of the lock that a cached one was made from; undefined where the lock is gone, or the file is none of ours. */
function lockBehind(file: string): readonly string[] | undefined {
  try {
    const { value } = JSON.parse(readIfPresent(file)?.toString("utf8") ?? "null");
    const files: unknown[] = [value.lock.path, value.pinsFile];
    const paths = files.filter((path) => typeof path === "string");
    return typeof value.lock.path === "string" && mayBeThere(value.lock.path) ? paths : undefined;
  } catch {
    return undefined;
  }
}

/** What cannot be looked at is not gone. */
function mayBeThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

function isAnswer(name: string, path: string, facts: Stats, now: Date): boolean {
  if (facts.isFile()) return ANSWERS.test(name);
  const idle = now.getTime() - lastTouched(path, facts) > IN_USE_MS;
  return facts.isDirectory() && idle && (FOLDERS.test(name) || ANSWERS.test(name));
}

/** The newest time of a folder and of what lies in it, two levels deep: there lie the locks of who works in it. */
function lastTouched(path: string, facts: Stats, levels = 2): number {
  const inside = levels === 0 || !facts.isDirectory() ? [] : entriesOf(path);
  return Math.max(facts.mtimeMs, ...inside.map((entry) => lastTouched(entry.path, entry.facts, levels - 1)));
}

function entriesOf(folder: string): readonly { readonly name: string; readonly path: string; readonly facts: Stats }[] {
  return namesIn(folder).flatMap((name) => {
    const path = join(folder, name);
    const facts = lstatSync(path, { throwIfNoEntry: false });
    return facts === undefined ? [] : [{ name, path, facts }];
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function sizeOf(path: string): number {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return 0;
  if (!facts.isDirectory()) return facts.size;
  return namesIn(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
