import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { forEachStanza } from "../../host/deb822.ts";
import { acquireLock } from "../../host/lock.ts";
import { IS_CI } from "./needs.ts";

const exec = promisify(execFile);

const CHECKOUT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const CACHE = join(CHECKOUT, ".cache", "debian-root");

/** `booting`: with systemd, so that it can be started as a machine. */
export type BaseKind = "plain" | "booting";

/**
 * What the root has besides Debian's smallest system with apt: umount and sudo, and what Node may be linked with. No more: tests
 * want to see packages arrive. Programs come in by pacman-in-root.ts.
 */
const INCLUDED: Readonly<Record<BaseKind, readonly string[]>> = {
  plain: ["mount", "sudo", "libstdc++6", "libatomic1"],
  booting: ["mount", "sudo", "libstdc++6", "libatomic1", "systemd", "libpam-systemd", "dbus", "git"],
};
/** Real packages that the root's own mirror offers with their bytes: a leaf, one with dependencies, one with scripts. */
const OFFERED = ["hello", "jq", "libjq1", "libonig5", "less"];
/** Where the root's own mirror of Debian lies, inside the root. */
const MIRROR = "srv/debian";

/** Raised whenever what this file makes changes in a way that its constants do not show. */
const FORMAT = 2;

/** A Debian archive as this machine's apt is configured to use it. */
interface Archive {
  readonly uri: string;
  readonly suite: string;
  readonly component: string;
  readonly arch: string;
}

/** A complete Debian system, made once and never written to: `root` is its root folder, `mount` an empty folder beside it. */
export interface DebianBase {
  readonly folder: string;
  readonly root: "root";
  readonly mount: "mount";
}

/**
 * The cached base, made by mmdebstrap from this machine's own Debian archive where it is not there yet (half a minute).
 * It carries a mirror of its own, Debian's signed indexes and a few packages, so that nothing in it needs a network.
 * Undefined, with a word on the console, when it cannot be made here; with CI set that throws.
 */
export async function debianBase(kind: BaseKind = "plain"): Promise<DebianBase | undefined> {
  try {
    return await madeOnce(kind);
  } catch (cause) {
    const reason = `no Debian root to test in, and none can be made here (is there a network?): ${wordsOf(cause)}`;
    if (IS_CI) throw new Error(reason, { cause });
    console.warn(`NOT TESTED: ${reason}`);
    return undefined;
  }
}

/** What a program said, where one failed. */
function wordsOf(cause: unknown): string {
  const { stderr, message } = cause as { readonly stderr?: string; readonly message?: string };
  return stderr?.trim() || message || String(cause);
}

async function madeOnce(kind: BaseKind): Promise<DebianBase> {
  const cache = join(CACHE, kind);
  const folder = join(cache, keyOf(kind));
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  const lock = await waitForLock(join(cache, "lock"));
  try {
    // It only ever gets its name when it is complete.
    if (!existsSync(folder)) await make(folder, INCLUDED[kind]);
  } finally {
    lock.release();
  }
  return { folder, root: "root", mount: "mount" };
}

/** Whatever decides what the base consists of, this machine's Node included. */
function keyOf(kind: BaseKind): string {
  const made = {
    FORMAT,
    included: INCLUDED[kind],
    OFFERED,
    release: codename(),
    arch: process.arch,
    node: process.version,
  };
  return createHash("sha256").update(JSON.stringify(made)).digest("hex").slice(0, 16);
}

async function waitForLock(path: string): Promise<{ release(): void }> {
  for (;;) {
    const lock = await acquireLock(path);
    if (lock.held) return lock;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function make(folder: string, included: readonly string[]): Promise<void> {
  const cache = dirname(folder);
  for (const left of readdirSync(cache).filter((name) => name !== "lock"))
    rmSync(join(cache, left), { recursive: true, force: true });
  const making = mkdtempSync(join(cache, "making-"));
  try {
    await fill(join(making, "root"), included);
    mkdirSync(join(making, "mount"));
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

async function fill(root: string, included: readonly string[]): Promise<void> {
  const archive = await debianArchive();
  await bootstrap(root, archive, included);
  const packages = join("dists", archive.suite, archive.component, `binary-${archive.arch}`, "Packages.xz");
  ownMirror(root, archive);
  // As the archive has it: no other compression has the digest that was signed.
  mkdirSync(dirname(join(root, MIRROR, packages)), { recursive: true, mode: 0o755 });
  await exec("/usr/lib/apt/apt-helper", ["download-file", `${archive.uri}${packages}`, join(root, MIRROR, packages)], {
    env: environment(),
  });
  addNode(root);
  quieten(root);
  await exec("chroot", [root, "apt-get", "-qq", "update"], { env: environment() });
  await exec("/usr/sbin/chroot", [root, "/usr/bin/node", "--version"], { env: {} });
}

/** The archive that this machine's apt takes its own release from. */
async function debianArchive(): Promise<Archive> {
  const fields = ["ORIGIN", "CODENAME", "RELEASE", "COMPONENT", "ARCHITECTURE", "REPO_URI"];
  const format = fields.map((field) => `$(${field})`).join("|");
  const { stdout } = await exec("apt-get", ["indextargets", "--format", format, "Created-By: Packages"], {
    env: environment(),
  });
  for (const line of stdout.split("\n")) {
    const [origin, name, suite = "", component = "", arch = "", uri = ""] = line.split("|");
    if (origin === "Debian" && name === codename() && suite !== "" && component === "main")
      return { uri, suite, component, arch };
  }
  throw new Error(
    `apt has no lists of Debian ${codename()} here: run apt-get update, with Debian's archive among its sources`,
  );
}

function codename(): string {
  return /^VERSION_CODENAME=(?<name>\w+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.groups?.name ?? "unknown";
}

async function bootstrap(
  root: string,
  { uri, suite, component, arch }: Archive,
  included: readonly string[],
): Promise<void> {
  // This machine's apt on the new root's lists: it reaches whatever the machine reaches (mmdebstrap(1), HOOKS).
  const download = `cd "$1/var/cache/apt/archives" && APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get -qq -o APT::Sandbox::User=root download ${OFFERED.join(" ")}`;
  const options = [
    "--mode=root",
    "--variant=apt",
    "--quiet",
    `--architectures=${arch}`,
    `--include=${included.join(",")}`,
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=Acquire::GzipIndexes "false"',
    ...(await proxies()).map((line) => `--aptopt=${line}`),
    "--skip=cleanup/apt",
    `--customize-hook=${download}`,
  ];
  await exec("mmdebstrap", [...options, suite, root, `deb ${uri} ${suite} ${component}`], {
    env: environment(),
    maxBuffer: 64 << 20,
  });
}

async function proxies(): Promise<string[]> {
  const { stdout } = await exec("apt-config", ["dump"], { env: environment() });
  return stdout.split("\n").filter((line) => /^Acquire::https?::Proxy(::\S+)? "[^"]/.test(line));
}

/** Turns what mmdebstrap downloaded into a mirror inside the root, with Debian's own signature on it, and the only source. */
function ownMirror(root: string, { suite, component }: Archive): void {
  const lists = join(root, "var/lib/apt/lists");
  const archives = join(root, "var/cache/apt/archives");
  const dist = join(root, MIRROR, "dists", suite);
  const found = (ending: string) => {
    const name = readdirSync(lists).find((candidate) => candidate.endsWith(ending));
    if (name === undefined) throw new Error(`mmdebstrap left no ${ending}`);
    return join(lists, name);
  };
  const index = found("_Packages");
  put(found("_InRelease"), join(dist, "InRelease"));
  const missing = new Set(OFFERED);
  forEachStanza(readFileSync(index), (stanza) => {
    const name = stanza.get("Package") ?? "";
    if (!missing.delete(name)) return;
    const file = readdirSync(archives).find((candidate) => candidate.startsWith(`${name}_`));
    put(join(archives, file ?? name), join(root, MIRROR, stanza.get("Filename") ?? name));
  });
  if (missing.size > 0) throw new Error(`Debian ${suite} has no ${[...missing].join(", ")}`);
  for (const folder of [lists, archives])
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  rmSync(join(root, "etc/apt/sources.list"), { force: true });
  for (const name of readdirSync(join(root, "etc/apt/apt.conf.d")))
    if (name.includes("mmdebstrap")) rmSync(join(root, "etc/apt/apt.conf.d", name));
  writeFileSync(
    join(root, "etc/apt/sources.list.d/debian.sources"),
    `Types: deb\nURIs: file:///${MIRROR}\nSuites: ${suite}\nComponents: ${component}\nLanguages: none\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n`,
  );
}

function put(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
  copyFileSync(from, to);
}

/** Where systemd starts it, it would look for upgrades whenever it likes, and hold apt's locks meanwhile. */
function quieten(root: string): void {
  const units = join(root, "etc/systemd/system");
  mkdirSync(units, { recursive: true });
  for (const name of ["apt-daily.timer", "apt-daily-upgrade.timer"]) {
    rmSync(join(units, name), { force: true });
    symlinkSync("/dev/null", join(units, name));
  }
}

/** The very Node that runs the tests, as root's own. */
function addNode(root: string): void {
  const target = join(root, "usr/bin/node");
  copyFileSync(process.execPath, target);
}

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => /^(https?|no)_proxy$/i.test(name));
  return {
    ...Object.fromEntries(kept),
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LC_ALL: "C.UTF-8",
    DEBIAN_FRONTEND: "noninteractive",
  };
}
