import { dirname, join } from "node:path";
import { type Asked, searchVersions, type VersionReader } from "../../../../providers/runtimes/version-files/search.ts";

/**
 * One case: where the behaviour is documented, the files of a tree by path below /w, and what comes out for the folder /w/a/b:
 * a line for each tool, `tool request request (path:line)`, `tool ! fault (path:line)`; `+` before the requests where all count.
 */
export type Case = readonly [source: string, files: Readonly<Record<string, string>>, ...expected: readonly string[]];

/** A case of one file in the folder itself. */
export function file(name: string): (source: string, text: string, ...expected: readonly string[]) => Case {
  return (source, text, ...expected) => [source, { [`a/b/${name}`]: text }, ...expected];
}

const TOP = "/w";

export function readerOf(files: Readonly<Record<string, string>>): VersionReader {
  const tree = new Map(Object.entries(files).map(([path, text]) => [join(TOP, path), text]));
  return {
    read: (path) => {
      const text = tree.get(path);
      return text === undefined ? undefined : { text };
    },
    lock: () => undefined,
  };
}

export function outcome(files: Readonly<Record<string, string>>): string[] {
  return [...searchVersions(join(TOP, "a/b"), readerOf(files)).values()].map(shown).sort();
}

export function shown({ tool, all, requests, fault, path, line }: Asked): string {
  const said = fault === undefined ? [...(all ? ["+"] : []), ...requests] : ["!", fault];
  const place = dirname(path) === join(TOP, "a/b") ? path.slice(`${TOP}/a/b/`.length) : path.slice(TOP.length);
  return [tool, ...said, `(${place}:${line})`].join(" ");
}
