import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../../host/files.ts";
import type { RunResult } from "../../../host/run.ts";
import { tarOf } from "../../../host/tar-in-memory.ts";
import type { PacmanConfig } from "../machine/config.ts";
import type { LocalDatabase } from "../machine/local.ts";
import { databaseFile } from "../sync/database.ts";
import type { Source } from "../sync/databases.ts";
import { runAsRoot } from "./run-as-root.ts";

/** Name of the repository that holds what is asked for in the very version; before all others. */
const ASKED = "omg-asked";

/** What of the machine pacman is shown. */
export interface ShadowInput {
  readonly config: PacmanConfig;
  readonly local: LocalDatabase;
  readonly sources: readonly Source[];
  /** Descriptions of packages that the solver may take before any that a repository offers. */
  readonly asked: readonly { readonly name: string; readonly version: string; readonly text: string }[];
  /** Folder for files of one run. */
  readonly scratch: string;
}

/** A copy of pacman's database, which pacman may change as it likes. */
export interface Shadow {
  /** As `PacmanConfig.database`. */
  readonly database: string;
  readonly folder: string;
  /** The real pacman on the copy; never rejects for its exit code. */
  pacman(...args: readonly string[]): Promise<RunResult>;
  /** How a package is named so that it is the one that was asked for. */
  readonly asked: string;
}

/**
 * Lends a copy of what the machine has installed and is offered, on which pacman works out changes without touching anything: no
 * file of a package is there, no script and no hook runs, and it knows no keys, for nothing in it is ever installed.
 * Errors: system errors pass.
 */
export async function withShadow<T>(input: ShadowInput, use: (shadow: Shadow) => Promise<T>): Promise<T> {
  makeFolder(input.scratch);
  const folder = mkdtempSync(join(input.scratch, "shadow-"));
  try {
    chmodSync(folder, 0o700);
    const database = `${folder}/db/`;
    for (const name of ["root", "db/local", "db/sync", "cache", "hooks"])
      mkdirSync(join(folder, name), { recursive: true });
    copyLocal(input, database);
    linkDatabases(input, database);
    writeFileSync(join(folder, "pacman.conf"), configurationOf(input, folder));
    const common = ["--config", join(folder, "pacman.conf"), "--noconfirm", "--color", "never"];
    const pacman = (...args: readonly string[]) => runAsRoot([...common, ...args]);
    return await use({ database, folder, pacman, asked: ASKED });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Descriptions only: with nothing but the database changing, pacman looks at no list of files. */
function copyLocal({ config, local }: ShadowInput, database: string): void {
  const version = `${config.database}local/ALPM_DB_VERSION`;
  if (existsSync(version)) copyFileSync(version, `${database}local/ALPM_DB_VERSION`);
  for (const { folder } of local.packages.values()) {
    mkdirSync(`${database}local/${folder}`);
    copyFileSync(`${config.database}local/${folder}/desc`, `${database}local/${folder}/desc`);
    writeFileSync(`${database}local/${folder}/files`, "%FILES%\n");
  }
}

function linkDatabases({ sources, asked }: ShadowInput, database: string): void {
  for (const { name, folder } of sources)
    if (existsSync(databaseFile(folder, name))) symlinkSync(databaseFile(folder, name), databaseFile(database, name));
  const files = asked.map(({ name, version, text }) => [`${name}-${version}/desc`, text] as const);
  writeFileSync(databaseFile(database, ASKED), tarOf(Object.fromEntries(files)));
}

function configurationOf({ config, sources }: ShadowInput, folder: string): string {
  const known = sources.filter(({ installs, name, folder: at }) => installs && existsSync(databaseFile(at, name)));
  const options = [
    "[options]",
    `RootDir = ${folder}/root/`,
    `DBPath = ${folder}/db/`,
    `CacheDir = ${folder}/cache/`,
    `LogFile = ${folder}/log`,
    `GPGDir = ${folder}/gnupg/`,
    `HookDir = ${folder}/hooks/`,
    ...(config.architectures.length === 0 ? [] : [`Architecture = ${config.architectures.join(" ")}`]),
    "SigLevel = Never",
    "LocalFileSigLevel = Never",
  ];
  const repositories = [ASKED, ...known.map(({ name }) => name)].flatMap((name) => [
    `[${name}]`,
    "Server = file:///nowhere",
  ]);
  return `${[...options, ...repositories].join("\n")}\n`;
}
