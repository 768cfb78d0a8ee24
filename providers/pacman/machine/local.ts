import { readdirSync } from "node:fs";
import { errnoOf } from "../../../host/disk.ts";
import { readIfPresent } from "../../../host/files.ts";
import { OmgError } from "../../../schema/error.ts";
import { type PackageDesc, packageOf, parseDesc, splitFolder } from "../desc.ts";

/** A package as the local database has it. */
export interface LocalPackage extends PackageDesc {
  /** It came along because something needed it. */
  readonly auto: boolean;
  /** Name of its folder in the database. */
  readonly folder: string;
}

/** A folder of the local database that says no package. */
export interface BrokenEntry {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  /** `stub`: a run was cut off before it wrote what the package is. `unreadable`: it is there, and cannot be understood. */
  readonly kind: "stub" | "unreadable";
  readonly reason: string;
}

/** Everything that pacman remembers as installed. */
export interface LocalDatabase {
  /** By name. */
  readonly packages: ReadonlyMap<string, LocalPackage>;
  readonly broken: readonly BrokenEntry[];
}

const MAX_DESC = 1 << 20;

/**
 * Reads the local database from its folders (some 30 ms for 1,500 packages). One that is not there holds no package.
 * Errors: system errors pass.
 */
export function readLocal(database: string): LocalDatabase {
  const packages = new Map<string, LocalPackage>();
  const broken: BrokenEntry[] = [];
  for (const folder of foldersIn(`${database}local`)) {
    const called = splitFolder(folder);
    if (called === undefined) continue;
    const found = readEntry(database, folder, called);
    if ("kind" in found) broken.push(found);
    else packages.set(found.name, found);
  }
  return { packages, broken };
}

/** What `pacman -Q` lists: versions by name, as the folders are called. None of them is looked into. System errors pass. */
export function installedVersions(database: string): ReadonlyMap<string, string> {
  const found = foldersIn(`${database}local`).flatMap((folder) => splitFolder(folder) ?? []);
  return new Map(found.map(({ name, version }) => [name, version]));
}

/** Whether any package was ever installed through pacman here. System errors pass. */
export function hasPackages(database: string): boolean {
  return foldersIn(`${database}local`).length > 0;
}

function readEntry(
  database: string,
  folder: string,
  called: { readonly name: string; readonly version: string },
): LocalPackage | BrokenEntry {
  try {
    const content = readIfPresent(`${database}local/${folder}/desc`, MAX_DESC);
    if (content === undefined)
      return { ...called, folder, kind: "stub", reason: "its installation was begun and not completed" };
    const fields = parseDesc(content.toString("utf8"));
    const found = packageOf(fields);
    if (found?.name === called.name && found.version === called.version)
      return { ...found, auto: fields.get("REASON")?.[0] === "1", folder };
    return { ...called, folder, kind: "stub", reason: "its entry in pacman's database was not written to the end" };
  } catch (cause) {
    if (!(cause instanceof OmgError) && errnoOf(cause) === undefined) throw cause;
    const reason = `its entry in pacman's database could not be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    return { ...called, folder, kind: "unreadable", reason };
  }
}

function foldersIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (cause) {
    if (errnoOf(cause) === "ENOENT") return [];
    throw cause;
  }
}
