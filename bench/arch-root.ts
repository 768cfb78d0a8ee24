import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tarOf } from "../host/tar-in-memory.ts";
import { type Listed, ownEnv, type Root } from "./root.ts";

export interface ArchWorld {
  readonly folder: string;
  /** Names of these are what the repositories have; what they need is what Debian's stanzas say. */
  readonly known: readonly Listed[];
  readonly installed: readonly Listed[];
}

const KNOWN = 15_000;

/** As many packages as Arch has, these among them. */
export function knownWith(installed: readonly Listed[], all: readonly Listed[]): readonly Listed[] {
  const names = new Set<string>();
  const unique = [...installed, ...all].filter(({ name }) => !names.has(name) && names.add(name));
  return unique.slice(0, KNOWN);
}

/** In pacman's first repository; all others are in the second. */
const CORE = 280;
/** Every so many installed packages, one that a repository has something newer of, and one that nothing needs any more. */
const OUTDATED = 20;
const FORGOTTEN = 50;

/**
 * A machine as pacman keeps it, in a folder: names, texts and dependencies of Debian's packages, in the files that Arch has.
 * Signatures and hashes are of the right length and sign nothing; nothing is ever fetched or installed.
 */
export function archRoot({ folder, known, installed }: ArchWorld): Root {
  const root = join(folder, "root");
  const database = join(root, "var/lib/pacman");
  const project = join(folder, "project");
  for (const each of [
    project,
    join(database, "local"),
    join(database, "sync"),
    join(root, "cache"),
    join(folder, "keys"),
  ])
    mkdirSync(each, { recursive: true });
  const names = new Set(known.map(({ name }) => name));
  const needed = new Set(installed.flatMap((each) => dependsOf(each, names)));
  writeFileSync(join(database, "local/ALPM_DB_VERSION"), "9\n");
  for (const [index, each] of installed.entries()) writeLocal(join(database, "local"), each, index, needed, names);
  writeFileSync(join(database, "sync/core.db"), databaseOf(known.slice(0, CORE), names));
  writeFileSync(join(database, "sync/extra.db"), databaseOf(known.slice(CORE), names));
  const config = join(folder, "pacman.conf");
  writeFileSync(
    config,
    `[options]
RootDir = ${root}/
DBPath = ${database}/
CacheDir = ${root}/cache/
LogFile = ${root}/pacman.log
GPGDir = ${folder}/keys/
Architecture = x86_64
SigLevel = Required DatabaseOptional
${["core", "extra"].map((name) => `[${name}]\nServer = file:///nowhere/$repo\n`).join("")}`,
  );
  writeFileSync(join(folder, "apt.conf"), 'Dir::Bin::dpkg "/nowhere/dpkg";\n');
  const env = { ...ownEnv(folder), OMG_PACMAN_CONFIG: config, APT_CONFIG: join(folder, "apt.conf") };
  return { folder, project, lock: join(project, "omg.lock"), env };
}

function writeLocal(
  local: string,
  each: Listed,
  index: number,
  needed: ReadonlySet<string>,
  names: ReadonlySet<string>,
): void {
  const version = index % OUTDATED === 0 ? "0.1-1" : versionOf(each);
  const folder = join(local, `${each.name}-${version}`);
  mkdirSync(folder);
  const auto = needed.has(each.name) || index % FORGOTTEN === 0;
  const fields = {
    ...sharedFields(each, version, names),
    INSTALLDATE: "1790000000",
    SIZE: "1048576",
    ...(auto ? { REASON: "1" } : {}),
    VALIDATION: "pgp",
  };
  writeFileSync(join(folder, "desc"), descOf(fields));
  writeFileSync(join(folder, "files"), `%FILES%\nusr/\nusr/share/\nusr/share/${each.name}\n\n`);
  writeFileSync(join(folder, "mtree"), gzipSync("#mtree\n"));
}

function databaseOf(packages: readonly Listed[], names: ReadonlySet<string>): Buffer {
  const files = packages.map((each): [string, string] => {
    const version = versionOf(each);
    const digest = createHash("sha512").update(each.name).digest();
    const fields = {
      FILENAME: `${each.name}-${version}-x86_64.pkg.tar.zst`,
      CSIZE: "262144",
      ISIZE: "1048576",
      MD5SUM: digest.toString("hex", 0, 16),
      SHA256SUM: digest.toString("hex", 0, 32),
      // As long as that of an RSA key of 4096 bits.
      PGPSIG: Buffer.concat(Array.from({ length: 9 }, () => digest)).toString("base64", 0, 566),
      ...sharedFields(each, version, names),
    };
    return [`${each.name}-${version}/desc`, descOf(fields)];
  });
  return gzipSync(tarOf(Object.fromEntries(files)));
}

function sharedFields(each: Listed, version: string, names: ReadonlySet<string>): Readonly<Record<string, string>> {
  return {
    NAME: each.name,
    VERSION: version,
    BASE: each.name,
    DESC: /^Description: (.*)$/m.exec(each.text)?.[1] ?? each.name,
    URL: /^Homepage: (.*)$/m.exec(each.text)?.[1] ?? "https://example.org",
    ARCH: "x86_64",
    BUILDDATE: "1780000000",
    PACKAGER: "Bench <bench@example.org>",
    LICENSE: "MIT",
    DEPENDS: dependsOf(each, names).join("\n"),
  };
}

function descOf(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== "")
    .map(([field, value]) => `%${field}%\n${value}\n\n`)
    .join("");
}

/** The first of each group of alternatives, without its version. */
function dependsOf({ name, text }: Listed, names: ReadonlySet<string>): readonly string[] {
  const all = (/^Depends: (.*)$/m.exec(text)?.[1] ?? "").split(",").map((each) => each.trim().replace(/[ |(:].*$/, ""));
  return [...new Set(all)].filter((each) => each !== name && names.has(each));
}

/** Debian's version in a form that pacman takes: one hyphen, before the release. */
function versionOf({ version }: Listed): string {
  const [, epoch = "", rest = ""] = /^(\d+:)?(.*)$/.exec(version) ?? [];
  return `${epoch}${rest.replace(/-[^-]*$/, "").replace(/[^A-Za-z0-9.+_]/g, ".")}-1`;
}
