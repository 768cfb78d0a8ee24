import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Context } from "../../app/context.ts";

/** A home with installed versions, and a project, without any process. */
export interface HereLab {
  readonly folder: string;
  readonly project: string;
  readonly data: string;
  /** Where omg would start, below the project. */
  context(below?: string, parts?: Partial<Context>): Context;
  /** Writes a file, by its path below the lab's folder; makes the folders on the way. */
  write(path: string, text: string, mode?: number): string;
  /** Puts a version there, each of whose programs says its name, version and arguments. */
  install(runtime: string, version: string, ...programs: readonly string[]): string;
  exists(path: string): boolean;
  dispose(): void;
}

export function createHereLab(): HereLab {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "omg-here-")));
  chmodSync(folder, 0o755);
  const project = join(folder, "project");
  const data = join(folder, "home/.local/share/omg");
  const write = (path: string, text: string, mode = 0o644) => {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    chmodSync(full, mode);
    return full;
  };
  mkdirSync(project, { recursive: true });
  mkdirSync(data, { recursive: true });
  return {
    folder,
    project,
    data,
    write,
    context: (below = "", parts = {}) => ({
      cwd: join(project, below),
      env: { PATH: "/usr/bin:/bin", HOME: join(folder, "home") },
      uid: process.geteuid?.() ?? -1,
      user: "ada",
      home: join(folder, "home"),
      elevated: false,
      now: () => new Date(),
      emit: () => undefined,
      signal: new AbortController().signal,
      program: join(folder, "program"),
      ...parts,
    }),
    install: (runtime, version, ...programs) => {
      const place = `home/.local/share/omg/versions/${runtime}/${version}`;
      for (const name of programs) write(`${place}/bin/${name}`, `#!/bin/sh\necho ${name} ${version} "$@"\n`, 0o755);
      return join(folder, place);
    },
    exists: (path) => existsSync(join(folder, path)),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
