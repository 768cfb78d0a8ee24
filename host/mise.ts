import { lstatSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { compareVersions } from "../schema/runtimes/versions.ts";
import { listFolder } from "./folder.ts";

/** A version of a tool that mise has installed. */
export interface MiseVersion {
  readonly version: string;
  /** Absolute. */
  readonly folder: string;
}

/** Whose mise it is. */
export interface MiseUser {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const TOOL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * What mise has installed of a tool for this user, the newest first: folders `installs/TOOL/VERSION` of its data folder (mise's
 * documentation, "Directory Structure"). Links there are other names for them, and nothing of mise is started.
 */
export function miseVersions(tool: string, { home, env }: MiseUser): readonly MiseVersion[] {
  const folder = join(dataFolder(home, env), "installs", tool);
  return namesIn(folder)
    .filter((name) => /^[A-Za-z0-9][A-Za-z0-9.+_-]{0,99}$/.test(name))
    .filter((name) => lstatSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true)
    .sort((a, b) => compareVersions(b, a))
    .map((version) => ({ version, folder: join(folder, version) }));
}

/** What mise has installed anything of, by the names of its folders: `zig`, and `npm-prettier` for what mise calls `npm:prettier`. */
export function miseTools(who: MiseUser): readonly string[] {
  return namesIn(join(dataFolder(who.home, who.env), "installs"))
    .filter((name) => TOOL.test(name) && miseVersions(name, who).length > 0)
    .sort();
}

/** The folder's name of a tool as files call it. */
export function miseFolder(tool: string): string {
  return tool.replace(/[^A-Za-z0-9._]+/g, "-");
}

/** Of a folder that cannot be read, nothing is known, and nothing hangs on it. */
function namesIn(folder: string): readonly string[] {
  try {
    return listFolder(folder);
  } catch {
    return [];
  }
}

function dataFolder(home: string, env: Readonly<Record<string, string | undefined>>): string {
  const given = (name: string) => {
    const value = env[name];
    return value !== undefined && isAbsolute(value) ? value : undefined;
  };
  return given("MISE_DATA_DIR") ?? join(given("XDG_DATA_HOME") ?? join(home, ".local/share"), "mise");
}
