import { readdirSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { isProgram } from "../../host/program.ts";
import type { Place } from "../../providers/runtimes/choose.ts";
import { EXECUTABLES, isRuntime } from "../../schema/runtimes/names.ts";
import type { Watched } from "./watched.ts";

/** More programs than this in one folder are not offered by name. */
const MAX_PROGRAMS = 2000;
const NAME = /^[A-Za-z0-9_.+@[-][A-Za-z0-9_.+@[\]-]{0,99}$/;

/** The folder of a place's programs; undefined where PATH decides. */
export function binOf(place: Place): string | undefined {
  return place.type === "system" ? undefined : join(place.folder, "bin");
}

/** What a runtime's `bin` has, first the one that it is called by; of another tool nobody knows, and most are called as they are named. */
export function executablesOf(runtime: string): readonly [string, ...string[]] {
  return isRuntime(runtime) ? EXECUTABLES[runtime] : [runtime];
}

/**
 * Where a place has the program that its runtime is called by, whether it is there or not; undefined where PATH decides. Of a tool that has
 * none of its own name, any other.
 */
export function mainProgram(runtime: string, place: Place, watched: Watched): string | undefined {
  const bin = binOf(place);
  if (bin === undefined) return undefined;
  const main = join(bin, executablesOf(runtime)[0]);
  if (isRuntime(runtime) || isProgram(main)) return main;
  return [...programsIn(bin, watched).values()].find(isProgram) ?? main;
}

/** Absolute paths of the programs in a folder, by name; none where it cannot be read. */
export function programsIn(folder: string, watched: Watched): ReadonlyMap<string, string> {
  watched.look(folder);
  try {
    const names = readdirSync(folder).filter((name) => NAME.test(name));
    return new Map(names.slice(0, MAX_PROGRAMS).map((name) => [name, join(folder, name)]));
  } catch {
    return new Map();
  }
}

/** Where PATH has a program, omg's own shims left out. */
export function onPath(name: string, path: string | undefined, shims: string): string | undefined {
  const folders = (path ?? "").split(delimiter).filter((folder) => isAbsolute(folder) && join(folder) !== shims);
  return folders.map((folder) => join(folder, name)).find(isProgram);
}
