import { dirname, join } from "node:path";
import { type Entry, faulty } from "./entry.ts";
import { goModule } from "./go.ts";
import { sdkmanrc, toolVersions } from "./lists.ts";
import { miseToml } from "./mise-toml.ts";
import { packageJson } from "./package-json.ts";
import { rustToolchain, rustToolchainToml } from "./rust.ts";
import { bunVersion, javaVersion, nodeVersion, nvmrc, pythonVersion, rubyVersion } from "./words.ts";

/** A file as far as it can be read; undefined where nothing has that name. */
export type VersionFile = { readonly text: string } | { readonly fault: string } | undefined;

/** All that the search knows of the world. Each path is absolute. */
export interface VersionReader {
  read(path: string): VersionFile;
  /** What the omg.lock of a folder asks for, if there is one. */
  lock(folder: string): { readonly path: string; readonly entries: readonly Entry[] } | undefined;
}

/** An entry with the file that it stands in. */
export interface Asked extends Entry {
  readonly path: string;
}

type Parse = (
  text: string,
  at: { readonly folder: string; readonly path: string; readonly reader: VersionReader },
) => Entry[];

const GO_WORK = "go.work";

/** Where mise has its files in a folder, the first one first: mise, "Configuration". */
export const MISE_FILES = [
  "mise.local.toml",
  ".mise.local.toml",
  "mise.toml",
  ".mise.toml",
  "mise/config.toml",
  ".mise/config.toml",
  ".config/mise.toml",
  ".config/mise/config.toml",
] as const;

/** By name, in the order that counts within one folder. */
const FILES: readonly (readonly [name: string, parse: Parse, tools: readonly string[]])[] = [
  [".nvmrc", nvmrc, ["node"]],
  [".node-version", nodeVersion, ["node"]],
  [
    "package.json",
    (text, { path, reader }) => packageJson(text, { path, read: (other) => textOf(reader.read(other)) }),
    ["node", "bun", "deno"],
  ],
  [".python-version", pythonVersion, ["python"]],
  [GO_WORK, goModule, ["go"]],
  ["go.mod", goModule, ["go"]],
  ["rust-toolchain", rustToolchain, ["rust"]],
  ["rust-toolchain.toml", rustToolchainToml, ["rust"]],
  [".ruby-version", rubyVersion, ["ruby"]],
  [".java-version", javaVersion, ["java"]],
  [".sdkmanrc", sdkmanrc, ["java"]],
  [".bun-version", bunVersion, ["bun"]],
  [".tool-versions", (text, { folder }) => toolVersions(text, folder), ["*"]],
  ...MISE_FILES.map((name): (typeof FILES)[number] => [
    name,
    (text, { path }) => miseToml(text, miseRoot(path, name)),
    ["*"],
  ]),
];

/** More folders than this on the way up are not searched: PATH_MAX has room for no more than half of that. */
const MAX_FOLDERS = 2048;

/**
 * What each tool's closest file asks for, searching from a folder upwards: the closest folder wins, within it the order of `FILES`, and
 * within a file the first entry. go.work counts before any go.mod below it, as in Go itself (Go Modules Reference, "Workspaces"). Pure
 * but for the reader. The entries of tools stand in no particular order.
 */
export function searchVersions(folder: string, reader: VersionReader): ReadonlyMap<string, Asked> {
  const found = new Map<string, Asked>();
  let moduleOnly = false;
  for (const here of foldersUpwards(folder)) {
    for (const entry of entriesIn(here, reader)) {
      if (blocked(found, entry.tool)) continue;
      const isModule = entry.tool === "go" && entry.path.endsWith("/go.mod");
      if (!found.has(entry.tool)) {
        found.set(entry.tool, entry);
        if (entry.tool === "go") moduleOnly = isModule;
      } else if (entry.tool === "go" && moduleOnly && entry.path.endsWith(`/${GO_WORK}`)) {
        found.set("go", entry);
        moduleOnly = false;
      }
    }
  }
  return found;
}

/** What a tool's closest file asks for; a file that could not be read may have named any. */
export function askedFor(found: ReadonlyMap<string, Asked>, tool: string): Asked | undefined {
  return found.get(tool) ?? found.get("*");
}

/** A file that may have named any tool hides all that folders above say of those that were not found yet. */
function blocked(found: ReadonlyMap<string, Asked>, tool: string): boolean {
  return found.has("*") && !found.has(tool);
}

/** A folder and those above it. */
export function foldersUpwards(folder: string): string[] {
  const folders = [folder];
  for (let here = folder; here !== dirname(here) && folders.length < MAX_FOLDERS; here = dirname(here))
    folders.push(dirname(here));
  return folders;
}

/** In the order that counts. */
function entriesIn(folder: string, reader: VersionReader): Asked[] {
  const lock = reader.lock(folder);
  const locked = lock?.entries.map((entry) => ({ ...entry, path: lock.path })) ?? [];
  const others = FILES.flatMap(([name, parse, tools]) => {
    const path = join(folder, name);
    const file = reader.read(path);
    if (file === undefined) return [];
    const entries =
      "fault" in file ? tools.map((tool) => faulty(tool, 1, file.fault)) : parse(file.text, { folder, path, reader });
    return entries.map((entry) => ({ ...entry, path }));
  });
  return [...locked, ...others];
}

function textOf(file: VersionFile): string | undefined {
  return file !== undefined && "text" in file ? file.text : undefined;
}

/** Where relative paths in a file of mise's begin: the folder that the file is for. */
function miseRoot(path: string, name: string): string {
  return path.slice(0, -name.length - 1) || "/";
}
