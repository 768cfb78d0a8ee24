import { InvalidFile } from "../../../schema/files/diagnostics.ts";
import { loadLock, type OpenLock, openLock } from "../../../schema/files/lock.ts";
import type { PlatformLock } from "../../../schema/model/lock.ts";

export const DEBIAN = {
  id: "debian",
  versionId: "12",
  arch: "amd64",
  platform: "debian-12-amd64",
  hostname: "web-1",
} as const;

export interface Options {
  /** Texts of included files, by path relative to the lock's folder. */
  readonly includes?: Readonly<Record<string, string>>;
  readonly platform?: typeof DEBIAN | { id: string; arch: string; platform: string; hostname: string };
  readonly repository?: string;
  readonly stalePins?: "refuse" | "drop";
}

function inputOf(text: string, { includes = {}, platform = DEBIAN, ...rest }: Options) {
  const read = (path: string) => {
    const included = includes[path];
    if (included === undefined) throw new Error("there is no such file");
    return { path: `/repo/${path}`, text: included };
  };
  return { path: "/repo/omg.lock", text, platform, own: false, read, ...rest };
}

/** Loads a lock at /repo/omg.lock. */
export function load(text: string, options: Options = {}): PlatformLock {
  return loadLock(inputOf(text, options));
}

export function open(text: string, options: Options = {}): OpenLock {
  return openLock(inputOf(text, options));
}

/** `line:column message | hint` of everything that is wrong; the file's name in front where it is not the lock. */
export function problemsOf(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    if (!(error instanceof InvalidFile)) throw error;
    return error.diagnostics.map(({ file, line, column, message, hint }) => {
      const place = `${file === "/repo/omg.lock" ? "" : `${file}:`}${line}:${column}`;
      return hint === undefined ? `${place} ${message}` : `${place} ${message} | ${hint}`;
    });
  }
  return [];
}

/** What is wrong with a lock. */
export function lockProblems(text: string, options: Options = {}): string[] {
  return problemsOf(() => load(text, options));
}

/** A whole lock around the lines of its apt packages. */
export function withPackages(...lines: readonly string[]): string {
  return ["version: 1", "name: web", "apt:", "  packages:", ...lines.map((line) => `    ${line}`), ""].join("\n");
}
