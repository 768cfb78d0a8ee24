import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OmgError } from "../../../schema/error.ts";
import { BOUNDED } from "../act/refresh.ts";
import type { PacmanConfig } from "../machine/config.ts";
import type { SigLevel } from "../machine/sig-level.ts";
import { runAsRoot } from "../solve/run-as-root.ts";
import { databaseFile } from "./database.ts";
import type { Source } from "./databases.ts";

/** Where Arch keeps what its repositories had on each day. */
export const ARCHIVE = "https://archive.archlinux.org/repos/$date/$repo/os/$arch";

export interface SnapshotInput {
  readonly config: PacmanConfig;
  /** As in `Settings`: `20261120T000000Z`. */
  readonly id: string;
  /** Address of a repository's folder, with `$date` (`2026/11/20`), `$repo` and `$arch`. */
  readonly archive: string;
  /** Folder of this user's for the databases of all days. */
  readonly folder: string;
}

/**
 * The repositories as they were on a day: the real pacman fetches and verifies their databases into a folder of omg's, once.
 * Errors: OmgError `snapshot-unreachable`; system errors pass.
 */
export async function snapshotSources({ config, id, archive, folder }: SnapshotInput): Promise<readonly Source[]> {
  const day = join(folder, id.slice(0, 8));
  const date = `${id.slice(0, 4)}/${id.slice(4, 6)}/${id.slice(6, 8)}`;
  const [arch = "x86_64"] = config.architectures;
  const sources = config.repositories.map((repository) => ({
    ...repository,
    servers: [archive.replaceAll("$date", date).replaceAll("$repo", repository.name).replaceAll("$arch", arch)],
    folder: `${day}/`,
    superseded: true as const,
  }));
  if (sources.every((source) => existsSync(databaseFile(source.folder, source.name)))) return sources;
  await fetchDatabases(config, sources, day, date);
  return sources;
}

async function fetchDatabases(
  config: PacmanConfig,
  sources: readonly Source[],
  day: string,
  date: string,
): Promise<void> {
  for (const name of ["root", "cache", "hooks", "sync"]) mkdirSync(join(day, name), { recursive: true });
  rmSync(join(day, "db.lck"), { force: true });
  const conf = join(day, "pacman.conf");
  writeFileSync(conf, configurationOf(config, sources, day));
  const { code, stderr } = await runAsRoot(["--config", conf, "--noconfirm", "--color", "never", "-Sy"], BOUNDED);
  const missing = sources.filter((source) => !existsSync(databaseFile(source.folder, source.name)));
  if (code === 0 && missing.length === 0) return;
  // What pacman refused stays on the disk; nothing of it may count as fetched.
  for (const name of readdirSync(join(day, "sync"))) rmSync(join(day, "sync", name));
  throw unreachable(date, stderr);
}

function configurationOf(config: PacmanConfig, sources: readonly Source[], day: string): string {
  const { architectures, keyring } = config;
  const options = [
    "[options]",
    ...(["RootDir = root", "CacheDir = cache", "HookDir = hooks"] as const).map((line) =>
      line.replace("= ", `= ${day}/`),
    ),
    `DBPath = ${day}/`,
    `LogFile = ${day}/log`,
    `GPGDir = ${keyring}`,
    ...(architectures.length === 0 ? [] : [`Architecture = ${architectures.join(" ")}`]),
  ];
  const repositories = sources.flatMap(({ name, servers, sigLevel }) => [
    `[${name}]`,
    `SigLevel = ${wordsOf(sigLevel)}`,
    ...servers.map((server) => `Server = ${server}`),
  ]);
  return `${[...options, ...repositories].join("\n")}\n`;
}

function wordsOf(level: SigLevel): string {
  const word = (need: string) => need.charAt(0).toUpperCase() + need.slice(1);
  const trust = (all: boolean) => (all ? "TrustAll" : "TrustedOnly");
  return [
    `Package${word(level.package)}`,
    `Package${trust(level.packageTrustAll)}`,
    `Database${word(level.database)}`,
    `Database${trust(level.databaseTrustAll)}`,
  ].join(" ");
}

function unreachable(date: string, stderr: string): OmgError {
  return new OmgError({
    code: "snapshot-unreachable",
    exit: "unreachable",
    message: `What the repositories had on ${date.replaceAll("/", "-")} could not be fetched and verified.`,
    state: "Nothing was changed.",
    hint: "Look whether the archive has that day (config.toml, pacman.archive), or take another one.",
    details: stderr.split("\n").filter((line) => line.startsWith("error:")),
  });
}
