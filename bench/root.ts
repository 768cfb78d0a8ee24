import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A machine in a folder: dpkg's and apt's files, and the project whose omg.lock is planned there. */
export interface Root {
  readonly folder: string;
  readonly project: string;
  readonly lock: string;
  /** Everything that a program needs to look at this root and not at the machine. */
  readonly env: Readonly<Record<string, string>>;
}

/** A stanza of a package list, with what is asked of it most. */
export interface Listed {
  readonly name: string;
  readonly version: string;
  readonly multiArch: string | undefined;
  readonly text: string;
}

const FOLDERS = [
  "etc/apt/apt.conf.d",
  "etc/apt/preferences.d",
  "etc/apt/sources.list.d",
  "etc/apt/trusted.gpg.d",
  "tmp",
  "var/cache/apt/archives/partial",
  "var/lib/apt/lists/partial",
  "var/lib/dpkg/info",
  "var/lib/dpkg/triggers",
  "var/lib/dpkg/updates",
  "var/log/apt",
];

/** What of /etc/apt says where packages come from. Not its configuration: that may name hooks, which act on the machine. */
const SOURCES = [
  "sources.list",
  "sources.list.d",
  "trusted.gpg",
  "trusted.gpg.d",
  "keyrings",
  "auth.conf",
  "auth.conf.d",
];

/** A root with this machine's sources and nothing installed; `apt-get update` has filled its lists. `more`: of apt's configuration. */
export function emptyRoot(folder: string, more = ""): Root {
  const root = join(folder, "root");
  for (const name of FOLDERS) mkdirSync(join(root, name), { recursive: true });
  for (const name of SOURCES.filter((each) => existsSync(join("/etc/apt", each))))
    cpSync(join("/etc/apt", name), join(root, "etc/apt", name), { recursive: true });
  for (const name of ["status", "available", "lock", "diversions", "statoverride"])
    writeFileSync(join(root, "var/lib/dpkg", name), "");
  writeFileSync(join(root, "var/lib/dpkg/info/format"), "1\n");
  const made = rootIn(folder, more);
  run(made, "apt-get", ["-qq", "update", ...proxies()]);
  return made;
}

/** The machine's way to its sources, as options. */
function proxies(): readonly string[] {
  const said = execFileSync("apt-config", ["dump", "--format", "%f=%v%n", "Acquire"], { encoding: "utf8" });
  return said.split("\n").flatMap((line) => (/^Acquire::https?::.*Proxy.*=./i.test(line) ? [`-o${line}`] : []));
}

function rootIn(folder: string, more: string): Root {
  const root = join(folder, "root");
  const project = join(folder, "project");
  const config = join(folder, "apt.conf");
  mkdirSync(project, { recursive: true });
  writeFileSync(
    config,
    `Dir "${root}/"; Dir::State::status "${root}/var/lib/dpkg/status";
Dir::Bin::methods "/usr/lib/apt/methods"; Dir::Bin::dpkg "/usr/bin/dpkg";
DPkg::Options { "--root=${root}"; }; APT::Sandbox::User "root"; Acquire::Languages "none";
${more}`,
  );
  return {
    folder,
    project,
    lock: join(project, "omg.lock"),
    env: { ...ownEnv(folder), APT_CONFIG: config, DPKG_ADMINDIR: join(root, "var/lib/dpkg") },
  };
}

/** What keeps omg, and whatever it starts, within a folder. */
export function ownEnv(folder: string): Readonly<Record<string, string>> {
  const own = (name: string) => join(folder, "omg", name);
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: own("home"),
    LC_ALL: "C.UTF-8",
    DEBIAN_FRONTEND: "noninteractive",
    OMG_CONFIG_DIR: own("config"),
    OMG_DATA_DIR: own("data"),
    OMG_STATE_DIR: own("state"),
    OMG_CACHE_DIR: own("cache"),
    OMG_RUNTIME_DIR: mkdtempSync(join(RUNTIMES, "root-")),
  };
}

/** Where the status files of all roots lie: in memory, as on a machine, whose /run is no disk. */
const RUNTIMES = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "omg-bench-"));
process.once("exit", () => rmSync(RUNTIMES, { recursive: true, force: true }));

/** A root like `base`, with these packages installed; those in `automatic` came as dependencies. `more`: of apt's configuration. */
export function rootWith(
  base: Root,
  folder: string,
  installed: readonly Listed[],
  automatic: ReadonlySet<string>,
  more = "",
): Root {
  cpSync(join(base.folder, "root"), join(folder, "root"), { recursive: true, preserveTimestamps: true });
  const dpkg = join(folder, "root/var/lib/dpkg");
  writeFileSync(join(dpkg, "status"), installed.map(statusOf).join("\n"));
  for (const { name, multiArch, text } of installed) {
    const arch = /^Architecture: (.*)$/m.exec(text)?.[1];
    writeFileSync(join(dpkg, "info", multiArch === "same" ? `${name}:${arch}.list` : `${name}.list`), "/.\n");
  }
  const marks = installed.filter(({ name }) => automatic.has(name));
  writeFileSync(
    join(folder, "root/var/lib/apt/extended_states"),
    marks.map(({ name }) => `Package: ${name}\nArchitecture: amd64\nAuto-Installed: 1\n`).join("\n"),
  );
  return rootIn(folder, more);
}

function statusOf({ text }: Listed): string {
  const kept = text
    .split("\n")
    .filter(
      (line) =>
        !/^(Filename|Size|MD5sum|SHA256|Description-md5|Tag|Package|Homepage): /.test(line) && !/^ \S+::/.test(line),
    );
  return `${/^Package: .*$/m.exec(text)?.[0]}\nStatus: install ok installed\n${kept.join("\n").trimEnd()}\n`;
}

/** Every stanza of the root's lists, in their order: a name is there once for each version. */
export function listed(root: Root): readonly Listed[] {
  const lists = join(root.folder, "root/var/lib/apt/lists");
  const files = readdirSync(lists).filter((name) => name.endsWith("_Packages"));
  return files.flatMap((name) => readFileSync(join(lists, name), "utf8").split("\n\n").filter(Boolean).map(parsed));
}

function parsed(text: string): Listed {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1];
  return { name: field("Package") ?? "", version: field("Version") ?? "", multiArch: field("Multi-Arch"), text };
}

/**
 * The first `count` packages that apt would configure for these names: complete in their dependencies, because apt
 * configures what is needed first.
 */
export function closure(base: Root, names: readonly string[], all: readonly Listed[], count: number): Listed[] {
  const said = run(base, "apt-get", ["-s", "install", ...names]);
  const order = [...said.matchAll(/^Conf (\S+) \((\S+) /gm)].map(
    ([, name = "", version = ""]) => `${name.replace(/:.*/, "")} ${version}`,
  );
  const byKey = new Map(all.map((each) => [`${each.name} ${each.version}`, each]));
  const found = order.slice(0, count).flatMap((key) => byKey.get(key) ?? []);
  if (found.length < count)
    throw new Error(`apt would install ${found.length} packages for ${names.join(" ")}, not ${count}`);
  return found;
}

/** Runs a program on this root; throws with what it said unless it ends with 0. */
export function run(root: Root, file: string, args: readonly string[]): string {
  return execFileSync(file, args, {
    env: root.env,
    cwd: root.project,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "pipe"],
  });
}
