import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { decompressFile } from "../../host/compression.ts";
import { stanzasOf } from "../../host/deb822.ts";
import { compareDebianVersions } from "../../host/debian-version.ts";
import { acquireLock } from "../../host/lock.ts";
import type { DebianBase } from "./debian-base.ts";
import type { DebianRoot } from "./debian-root.ts";
import { IS_CI } from "./needs.ts";

const exec = promisify(execFile);
const HELPER = "/usr/lib/apt/apt-helper";
/** Raised whenever what this file makes changes in a way that its input does not show. */
const FORMAT = 1;

/** Real packages of Debian's, in the versions of main and, where it has newer ones, of the security archive. */
export interface DebianArchive {
  /** Version by name in main. */
  readonly main: ReadonlyMap<string, string>;
  /** Newer version by name in the security archive. */
  readonly security: ReadonlyMap<string, string>;
  /** Puts main's packages into the root's own mirror, and the security archive beside it; its source is not configured yet. */
  furnish(debian: DebianRoot): void;
}

/** Text of the source that reads the security archive inside a root. */
export const SECURITY_SOURCE =
  "Types: deb\nURIs: file:///srv/debian-security\nSuites: SUITE\nComponents: main\nLanguages: none\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n".replace(
    "SUITE",
    `${codename()}-security`,
  );

interface Entry {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly sha256: string;
}

/**
 * These packages from this machine's own Debian archives, with Debian's signatures, downloaded once and kept for as long as
 * the security archive's Release file is valid. Undefined, with a word on the console, when they cannot be had here; with CI
 * set that throws.
 */
export async function debianArchive(base: DebianBase, names: readonly string[]): Promise<DebianArchive | undefined> {
  try {
    return await kept(base, names);
  } catch (cause) {
    const reason = `no packages of main and security to test with, and none can be had (is there a network?): ${String(cause)}`;
    if (IS_CI) throw new Error(reason, { cause });
    console.warn(`NOT TESTED: ${reason}`);
    return undefined;
  }
}

async function kept(base: DebianBase, names: readonly string[]): Promise<DebianArchive> {
  const cache = join(dirname(dirname(base.folder)), "debian-archive");
  mkdirSync(cache, { recursive: true });
  const key = createHash("sha256").update(JSON.stringify({ FORMAT, names, base: basename(base.folder) }));
  const folder = join(cache, key.digest("hex").slice(0, 16));
  const lock = await waitForLock(join(cache, "lock"));
  try {
    if (!isValid(folder)) await make(folder, base, names);
  } finally {
    lock.release();
  }
  return archiveIn(folder);
}

async function waitForLock(path: string): Promise<{ release(): void }> {
  for (;;) {
    const lock = await acquireLock(path);
    if (lock.held) return lock;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** With an hour to spare. */
function isValid(folder: string): boolean {
  const release = join(folder, "debian-security/dists", `${codename()}-security`, "InRelease");
  if (!existsSync(join(folder, "versions.json")) || !existsSync(release)) return false;
  const until = /^Valid-Until: (.*)$/m.exec(readFileSync(release, "utf8"))?.[1];
  return until === undefined || Date.parse(until) > Date.now() + 3_600_000;
}

async function make(folder: string, base: DebianBase, names: readonly string[]): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const making = mkdtempSync(join(dirname(folder), "making-"));
  try {
    const main = newest(readMain(base), names);
    const missing = names.filter((name) => !main.has(name));
    if (missing.length > 0) throw new Error(`Debian ${codename()} has no ${missing.join(", ")}`);
    await download(await uriOf("Debian"), [...main.values()], join(making, "debian"));
    const security = await securityIn(making, names, main);
    const versions = { main: versionsOf(main), security: versionsOf(security) };
    writeFileSync(join(making, "versions.json"), JSON.stringify(versions));
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/** The index that the root's own mirror has. */
function readMain({ folder, root }: DebianBase): Buffer {
  const lists = join(folder, root, "var/lib/apt/lists");
  const index = readdirSync(lists).find((name) => name.endsWith("_Packages"));
  if (index === undefined) throw new Error("the Debian root has no list of main");
  return readFileSync(join(lists, index));
}

async function securityIn(
  making: string,
  names: readonly string[],
  main: ReadonlyMap<string, Entry>,
): Promise<ReadonlyMap<string, Entry>> {
  const suite = `${codename()}-security`;
  const uri = await uriOf("Debian-Security");
  const dist = join(making, "debian-security/dists", suite);
  const index = "main/binary-amd64/Packages.xz";
  mkdirSync(dirname(join(dist, index)), { recursive: true });
  for (const name of ["InRelease", index])
    await exec(HELPER, ["download-file", `${uri}dists/${suite}/${name}`, join(dist, name)], { env: environment() });
  const bytes = readFileSync(join(dist, index));
  if (!readFileSync(join(dist, "InRelease"), "utf8").includes(createHash("sha256").update(bytes).digest("hex")))
    throw new Error("the security archive changed while it was read: run the test again");
  const all = newest(await decompressFile(join(dist, index)), names);
  const newer = [...all].filter(
    ([name, entry]) => compareDebianVersions(entry.version, main.get(name)?.version ?? "0") > 0,
  );
  await download(
    uri,
    newer.map(([, entry]) => entry),
    join(making, "debian-security"),
  );
  return new Map(newer);
}

function newest(index: Buffer, names: readonly string[]): ReadonlyMap<string, Entry> {
  const found = new Map<string, Entry>();
  const wanted = new Set(names);
  for (const stanza of stanzasOf(index)) {
    const name = stanza.get("Package") ?? "";
    if (!wanted.has(name)) continue;
    const [version = "", filename = "", sha256 = ""] = ["Version", "Filename", "SHA256"].map((field) =>
      stanza.get(field),
    );
    const known = found.get(name);
    if (known === undefined || compareDebianVersions(version, known.version) > 0)
      found.set(name, { name, version, filename, sha256 });
  }
  return found;
}

function versionsOf(entries: ReadonlyMap<string, Entry>): Readonly<Record<string, string>> {
  return Object.fromEntries([...entries].map(([name, { version }]) => [name, version]));
}

async function download(uri: string, entries: readonly Entry[], folder: string): Promise<void> {
  for (const { filename } of entries) mkdirSync(dirname(join(folder, filename)), { recursive: true });
  const files = entries.flatMap(({ filename, sha256 }) => [uri + filename, join(folder, filename), `SHA256:${sha256}`]);
  if (files.length > 0) await exec(HELPER, ["download-file", ...files], { env: environment(), maxBuffer: 64 << 20 });
}

/** The base of the archive with this label among this machine's sources. */
async function uriOf(label: string): Promise<string> {
  const format = "$(LABEL)|$(COMPONENT)|$(REPO_URI)";
  const { stdout } = await exec("apt-get", ["indextargets", "--format", format, "Created-By: Packages"], {
    env: environment(),
  });
  const found = stdout.split("\n").find((line) => line.startsWith(`${label}|main|`));
  if (found === undefined) throw new Error(`${label} is not among the sources of this machine`);
  return found.slice(`${label}|main|`.length);
}

function codename(): string {
  return /^VERSION_CODENAME=(?<name>\w+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.groups?.name ?? "unknown";
}

function archiveIn(folder: string): DebianArchive {
  const { main, security } = JSON.parse(readFileSync(join(folder, "versions.json"), "utf8")) as Readonly<
    Record<"main" | "security", Readonly<Record<string, string>>>
  >;
  return {
    main: new Map(Object.entries(main)),
    security: new Map(Object.entries(security)),
    furnish: ({ files }) => {
      for (const name of ["debian", "debian-security"])
        cpSync(join(folder, name), join(files, "srv", name), { recursive: true });
    },
  };
}

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => /^(https?|no)_proxy$/i.test(name));
  return {
    ...Object.fromEntries(kept),
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LC_ALL: "C.UTF-8",
  };
}
