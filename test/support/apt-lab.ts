import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AptRepo, type PublishOptions } from "./apt-repo.ts";
import { UNIVERSE } from "./apt-universe.ts";
import type { BuiltDeb, DebSpec } from "./deb.ts";
import { type FaultServer, serveFolder } from "./fault-server.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface InstalledPackage {
  readonly version: string;
  readonly arch: string;
  /** dpkg's own abbreviation, trimmed: `ii`, `hi`, `rc`, `iF`, `iHR`. */
  readonly status: string;
}

export interface Marks {
  readonly manual: readonly string[];
  readonly auto: readonly string[];
  readonly hold: readonly string[];
}

export interface AptLabOptions {
  /** Default: `UNIVERSE`. */
  readonly packages?: readonly DebSpec[];
  /** Architectures besides the native amd64. */
  readonly foreign?: readonly string[];
  /** Further lines of apt.conf. */
  readonly conf?: string;
  /** Leave `apt-get update` to the test. */
  readonly skipUpdate?: boolean;
}

/** A real apt and dpkg with a root, configuration and signed repository of their own in a temporary folder. */
export interface AptLab {
  /** The isolated root: `etc`, `var`, `usr`. */
  readonly root: string;
  /** Folder that holds everything. */
  readonly folder: string;
  readonly aptConf: string;
  readonly repo: AptRepo;
  readonly env: { readonly APT_CONFIG: string };
  /** Adds to the repository; call `publish` and `apt("update")` to make it seen. */
  addPackage(spec: DebSpec): Promise<BuiltDeb>;
  withdraw(name: string, version: string): void;
  publish(options?: PublishOptions): Promise<void>;
  /** The real apt-get, isolated; never rejects. */
  apt(...args: readonly string[]): Promise<Ran>;
  /** The real apt-get, isolated; throws on any exit but 0. */
  aptOk(...args: readonly string[]): Promise<string>;
  aptMark(...args: readonly string[]): Promise<string>;
  dpkg(...args: readonly string[]): Promise<Ran>;
  /** What the real dpkg-query says, by name (`name:arch` for foreign architectures). */
  installed(): Promise<ReadonlyMap<string, InstalledPackage>>;
  /** What the real apt-mark says, each sorted. */
  marks(): Promise<Marks>;
  /** Digest over the bytes of dpkg's status, its journal, and apt's marks. */
  snapshot(): string;
  /** Serves the repository over http from now on, and points the sources there. */
  serve(): Promise<FaultServer>;
  dispose(): Promise<void>;
}

/** What `needs` has to find before a lab can be built. */
export const LAB_NEEDS = ["apt", "dpkg", "gpg", "gpg-agent", "root"] as const;

/** `dpkg-query` prints these fields, with tabs between them. */
export const QUERY_FORMAT = `${["Package", "Architecture", "Version", "db:Status-Abbrev"].map((field) => `\${${field}}`).join("\\t")}\\n`;

const ENV = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
  HOME: "/nonexistent",
  DEBIAN_FRONTEND: "noninteractive",
};

/** Builds, signs and updates; about a second the first time, less after that. */
export async function createAptLab(options: AptLabOptions = {}): Promise<AptLab> {
  const folder = mkdtempSync(join(tmpdir(), "omg-lab-"));
  const root = join(folder, "root");
  const aptConf = join(folder, "apt.conf");
  const architectures = ["amd64", ...(options.foreign ?? [])];
  const repo = new AptRepo(folder, architectures);
  const env = { APT_CONFIG: aptConf };
  const servers: FaultServer[] = [];
  makeRoot(root);
  writeFileSync(join(root, "var/lib/dpkg/arch"), architectures.map((arch) => `${arch}\n`).join(""));
  writeFileSync(aptConf, confOf(root, architectures, options.conf ?? ""));
  await Promise.all([repo.init(), ...(options.packages ?? UNIVERSE).map((spec) => repo.add(spec))]);
  cpSync(repo.keyring, join(root, "etc/apt/keyrings/omg.gpg"));

  const call = (file: string, args: readonly string[]): Promise<Ran> => runTool(file, args, { ...ENV, ...env });
  const ok = async (file: string, args: readonly string[]): Promise<string> => {
    const ran = await call(file, args);
    if (ran.code !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${ran.code}\n${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  };
  const names = async (list: string) => (await ok("apt-mark", [list])).split("\n").filter(Boolean).sort();
  const lab: AptLab = {
    root,
    folder,
    aptConf,
    repo,
    env,
    addPackage: (spec) => repo.add(spec),
    withdraw: (name, version) => repo.withdraw(name, version),
    publish: async (publish) => {
      await repo.publish(publish);
      writeSources(root, repo, servers.at(-1)?.url ?? `file://${repo.path}`);
    },
    apt: (...args) => call("apt-get", args),
    aptOk: (...args) => ok("apt-get", args),
    aptMark: (...args) => ok("apt-mark", args),
    dpkg: (...args) => call("dpkg", [...dpkgOptions(root), ...args]),
    installed: async () => parseInstalled(await ok("dpkg-query", [`--root=${root}`, "-W", "-f", QUERY_FORMAT])),
    marks: async () => ({
      manual: await names("showmanual"),
      auto: await names("showauto"),
      hold: await names("showhold"),
    }),
    snapshot: () => snapshotOf(root),
    serve: async () => {
      const server = await serveFolder(repo.path);
      servers.push(server);
      writeSources(root, repo, server.url);
      return server;
    },
    dispose: async () => {
      await Promise.all([repo.dispose(), ...servers.map((server) => server.close())]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await lab.publish();
    if (!options.skipUpdate) await lab.aptOk("update");
  } catch (error) {
    await lab.dispose();
    throw error;
  }
  return lab;
}

function makeRoot(root: string): void {
  const folders = [
    "etc/apt/apt.conf.d",
    "etc/apt/preferences.d",
    "etc/apt/sources.list.d",
    "etc/apt/trusted.gpg.d",
    "etc/apt/keyrings",
    "var/lib/apt/lists/partial",
  ];
  folders.push(
    "var/cache/apt/archives/partial",
    "var/lib/dpkg/info",
    "var/lib/dpkg/updates",
    "var/lib/dpkg/triggers",
    "var/log/apt",
    "usr/bin",
    "tmp",
  );
  for (const name of folders) mkdirSync(join(root, name), { recursive: true, mode: 0o755 });
  for (const name of ["status", "available", "lock", "diversions", "statoverride"])
    writeFileSync(join(root, "var/lib/dpkg", name), "");
}

function dpkgOptions(root: string): string[] {
  return [
    `--root=${root}`,
    "--force-script-chrootless",
    "--force-confdef",
    "--force-confold",
    "--force-unsafe-io",
    `--log=${root}/var/log/dpkg.log`,
  ];
}

/** Without apt's caches: they count as current for the rest of the second in which dpkg's database changed. */
function confOf(root: string, architectures: readonly string[], extra: string): string {
  return `APT::Architecture "amd64"; APT::Architectures { ${architectures.map((arch) => `"${arch}"; `).join("")}};
Dir "${root}/";
Dir::State::status "${root}/var/lib/dpkg/status";
Dir::Bin::dpkg "/usr/bin/dpkg"; Dir::Bin::methods "/usr/lib/apt/methods"; Dir::Bin::apt-key "/usr/bin/apt-key";
Dir::Bin::solvers:: "/usr/lib/apt/solvers"; Dir::Bin::planners:: "/usr/lib/apt/planners";
DPkg::Options { ${dpkgOptions(root)
    .map((option) => `"${option}"; `)
    .join("")}};
DPkg::Use-Pty "false"; Dpkg::Progress-Fancy "false";
Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";
APT::Sandbox::User "root"; Acquire::Languages "none"; APT::Get::Assume-Yes "true";
${extra}
`;
}

function writeSources(root: string, repo: AptRepo, url: string): void {
  for (const suite of repo.suites()) {
    const name = suite === "stable" ? "omg" : suite;
    const signedBy = join(root, "etc/apt/keyrings/omg.gpg");
    writeFileSync(
      join(root, `etc/apt/sources.list.d/${name}.sources`),
      `Types: deb\nURIs: ${url}\nSuites: ${suite}\nComponents: main\nArchitectures: ${repo.architectures.join(" ")}\nSigned-By: ${signedBy}\n`,
    );
  }
}

function runTool(file: string, args: readonly string[], env: Record<string, string>): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = execFile(file, [...args], { env, cwd: "/", maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error && typeof error.code === "string") return fail(error);
      done({ code: typeof error?.code === "number" ? error.code : error ? 128 : 0, stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** Reads what dpkg-query printed in `QUERY_FORMAT`. */
export function parseInstalled(text: string): Map<string, InstalledPackage> {
  const found = new Map<string, InstalledPackage>();
  for (const line of text.split("\n").filter(Boolean)) {
    const [name = "", arch = "", version = "", status = ""] = line.split("\t");
    found.set(arch === "amd64" || arch === "all" || arch === "" ? name : `${name}:${arch}`, {
      version,
      arch,
      status: status.trim(),
    });
  }
  return found;
}

/** Digest over the bytes of dpkg's status and apt's marks. */
export function snapshotOf(root: string): string {
  const digest = createHash("sha256");
  for (const name of ["var/lib/dpkg/status", "var/lib/apt/extended_states"]) {
    const path = join(root, name);
    digest.update(`${name}\0${existsSync(path) ? readFileSync(path, "latin1") : "-"}\0`);
  }
  return digest.digest("hex");
}
