import { type ChildProcess, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type InstalledPackage, type Marks, parseInstalled, QUERY_FORMAT, snapshotOf } from "./apt-lab.ts";
import { AptRepo, type PublishOptions } from "./apt-repo.ts";
import { UNIVERSE } from "./apt-universe.ts";
import type { DebSpec } from "./deb.ts";
import type { DebianBase } from "./debian-base.ts";
import type { OmgRun } from "./omg-lab.ts";
import { checkPlans } from "./plan-check.ts";
import { until } from "./until.ts";

const CHECKOUT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Where the signed repository of the tests lies inside, beside Debian's own. */
const REPOSITORY = "/srv/omg";

export interface RunOptions {
  /** Default: root. */
  readonly user?: string;
  /** Default: the user's home. */
  readonly cwd?: string;
  /** Added to PATH, HOME, USER and LC_ALL. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  /** Gets the process as soon as it runs; its stdin is then left open where no `input` is given. */
  readonly onStart?: (child: ChildProcess) => void;
}

export interface Process {
  readonly pid: number;
  /** Arguments with blanks between them. */
  readonly command: string;
}

export interface DebianRootOptions {
  /** The test repository's packages. Default: `UNIVERSE`. */
  readonly packages?: readonly DebSpec[];
  /** Leave the test repository as the only source, where 63,000 packages of Debian's would only cost time. */
  readonly withoutDebian?: boolean;
}

/** A complete Debian system of a test's own, with omg in `/opt/omg`: a throw-away layer over the cached base. */
export interface DebianRoot {
  /** The system's files as this process reaches them. */
  readonly files: string;
  readonly repo: AptRepo;
  /** Runs a program inside, by its path there; never rejects. */
  run(command: readonly string[], options?: RunOptions): Promise<OmgRun>;
  /** As `run`; throws with everything that was printed unless it exits with `code`. Gives stdout and stderr. */
  expect(code: number, command: readonly string[], options?: RunOptions): Promise<OmgRun>;
  /** A shell's commands inside; throws unless it exits with 0. Gives stdout. */
  sh(script: string, options?: RunOptions): Promise<string>;
  /** Publishes the test repository inside, and has apt read it. */
  publish(options?: PublishOptions): Promise<void>;
  /** What the system's own dpkg-query says. */
  installed(): Promise<ReadonlyMap<string, InstalledPackage>>;
  /** What the system's own apt-mark says, each sorted. */
  marks(): Promise<Marks>;
  /** Digest over the bytes of dpkg's status and apt's marks. */
  snapshot(): string;
  read(path: string): string;
  write(path: string, text: string, mode?: number): void;
  exists(path: string): boolean;
  /** What runs inside, by the ids that it has outside. */
  processes(): readonly Process[];
  /** kill -9 for every process inside whose command line holds `text`; how many there were. */
  kill(text: string): number;
  /** Ends everything that runs inside; all mounts go with it. */
  dispose(): Promise<void>;
}

/**
 * Mounts the base under a fresh layer in namespaces of its own, which live as long as the process on the other end of its
 * stdin: whatever becomes of the test, no mount is ever seen outside, and nothing of it stays.
 */
const HOLDER = `set -e
mount -t tmpfs -o mode=0755 omg-test mount
mkdir mount/upper mount/work mount/root
mount -t overlay -o lowerdir=root,upperdir=mount/upper,workdir=mount/work omg-test mount/root
cd mount/root
mount -t proc proc proc
mount -t tmpfs -o mode=0755 omg-test dev
for name in null zero full random urandom tty; do : >dev/$name; mount --bind /dev/$name dev/$name; done
mkdir -m 1777 dev/shm
mkdir dev/pts
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=0755 omg-test run
hostname debian
pivot_root . .
umount -l .
echo ready
exec cat`;

export async function createDebianRoot(base: DebianBase, options: DebianRootOptions = {}): Promise<DebianRoot> {
  const holder = spawn(
    "unshare",
    [
      "--mount",
      "--pid",
      "--net",
      "--ipc",
      "--uts",
      "--fork",
      "--kill-child",
      "--propagation=private",
      "sh",
      "-c",
      HOLDER,
    ],
    { cwd: base.folder, env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }, stdio: ["pipe", "pipe", "inherit"] },
  );
  const ended = new Promise<void>((resolve) => holder.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once("data", () => resolve());
    holder.once("close", (code) => reject(new Error(`the Debian root could not be mounted (${code})`)));
  });
  const folder = mkdtempSync(join(tmpdir(), "omg-debian-"));
  const repo = new AptRepo(folder);
  const machine = machineOf(childOf(holder.pid ?? 0), repo, async () => {
    holder.stdin.end();
    await Promise.all([ended, repo.dispose()]);
    rmSync(folder, { recursive: true, force: true });
  });
  return furnished(machine, options);
}

/**
 * Whether a machine can be started here: its systemd needs control groups to put services into, and what this runs in may have none to give.
 * That is a property of the place and not of its packages, so it is said, and no failure.
 */
export function canBoot(): boolean {
  const group = `/sys/fs/cgroup/omg-test-${process.pid}`;
  try {
    mkdirSync(group);
    rmdirSync(group);
    return true;
  } catch (cause) {
    console.warn(`NOT TESTED: no machine can be started here, for lack of control groups: ${cause}`);
    return false;
  }
}

/**
 * The same, started as a machine by systemd-nspawn(1), with systemd and what it starts, on a base that has it. No network but the loopback.
 * Units of this machine's own systemd are not touched.
 */
export async function bootDebianRoot(base: DebianBase, options: DebianRootOptions = {}): Promise<DebianRoot> {
  const nspawn = spawn(
    "systemd-nspawn",
    [
      "--quiet",
      `--directory=${join(base.folder, base.root)}`,
      "--volatile=overlay",
      "--private-network",
      "--register=no",
      "--keep-unit",
      "--hostname=debian",
      "--boot",
    ],
    {
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1" },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let said = "";
  nspawn.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => nspawn.once("close", () => resolve()));
  const folder = mkdtempSync(join(tmpdir(), "omg-debian-"));
  const repo = new AptRepo(folder);
  let leader: number | undefined;
  const stop = async () => {
    // Its processes end with the namespace of the first of them.
    if (leader !== undefined) process.kill(leader, "SIGKILL");
    nspawn.kill("SIGKILL");
    await Promise.all([ended, repo.dispose()]);
    rmSync(folder, { recursive: true, force: true });
  };
  await until(() => {
    if (nspawn.exitCode !== null) throw new Error(`systemd-nspawn ended with ${nspawn.exitCode}: ${said}`);
    leader =
      Number(readFileSync(`/proc/${nspawn.pid}/task/${nspawn.pid}/children`, "utf8").trim().split(" ")[0]) || undefined;
    return leader !== undefined && existsSync(`/proc/${leader}/root/run/systemd/system`);
  }, 120_000);
  const machine = machineOf(leader ?? 0, repo, stop);
  await until(async () => {
    const { stdout } = await machine.run(["/usr/bin/systemctl", "is-system-running"]);
    return ["running", "degraded"].includes(stdout.trim());
  }, 120_000);
  return furnished(machine, options);
}

async function furnished(machine: DebianRoot, options: DebianRootOptions): Promise<DebianRoot> {
  try {
    await furnish(machine, options);
    return machine;
  } catch (cause) {
    await machine.dispose();
    throw cause;
  }
}

/** unshare(1) with `--fork` waits for the one process that lives in the new namespaces. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
}

async function furnish(
  machine: DebianRoot,
  { packages = UNIVERSE, withoutDebian = false }: DebianRootOptions,
): Promise<void> {
  const { files, repo } = machine;
  for (const name of ["bin", "dist"])
    cpSync(join(CHECKOUT, name), join(files, "opt/omg", name), { recursive: true, verbatimSymlinks: true });
  symlinkSync("/opt/omg/bin/omg", join(files, "usr/local/bin/omg"));
  writeFileSync(join(files, "etc/hosts"), "127.0.0.1 localhost debian\n");
  if (withoutDebian) rmSync(join(files, "etc/apt/sources.list.d/debian.sources"));
  await Promise.all([repo.init(), ...packages.map((spec) => repo.add(spec))]);
  machine.write(
    "/etc/apt/sources.list.d/omg.sources",
    `Types: deb\nURIs: file://${REPOSITORY}\nSuites: stable\nComponents: main\nLanguages: none\nSigned-By: /etc/apt/keyrings/omg.gpg\n`,
  );
  cpSync(repo.keyring, join(files, "etc/apt/keyrings/omg.gpg"));
  await machine.publish();
}

function machineOf(pid: number, repo: AptRepo, dispose: () => Promise<void>): DebianRoot {
  const files = `/proc/${pid}/root`;
  const run: DebianRoot["run"] = async (command, options = {}) => {
    const ran = await runInside(pid, command, options);
    if (command.some((word) => word.endsWith("/bin/omg"))) checkPlans(ran.stdout);
    return ran;
  };
  const expect: DebianRoot["expect"] = async (code, command, options) => {
    const ran = await run(command, options);
    if (ran.code === code) return ran;
    throw new Error(
      `${command.join(" ")} ended with ${ran.code ?? ran.signal}, not ${code}\n${ran.stdout}\n${ran.stderr}`,
    );
  };
  const sh: DebianRoot["sh"] = async (script, options) =>
    (await expect(0, ["/bin/sh", "-euc", script], options)).stdout;
  const names = async (list: string) => (await sh(`apt-mark ${list}`)).split("\n").filter(Boolean).sort();
  return {
    files,
    repo,
    run,
    expect,
    sh,
    publish: async (options) => {
      await repo.publish(options);
      rmSync(join(files, REPOSITORY), { recursive: true, force: true });
      cpSync(repo.path, join(files, REPOSITORY), { recursive: true });
      await sh("apt-get -qq update --allow-releaseinfo-change");
    },
    installed: async () => parseInstalled((await expect(0, ["/usr/bin/dpkg-query", "-W", "-f", QUERY_FORMAT])).stdout),
    marks: async () => ({
      manual: await names("showmanual"),
      auto: await names("showauto"),
      hold: await names("showhold"),
    }),
    snapshot: () => snapshotOf(files),
    read: (path) => readFileSync(join(files, path), "utf8"),
    write: (path, text, mode = 0o644) => {
      mkdirSync(dirname(join(files, path)), { recursive: true, mode: 0o755 });
      writeFileSync(join(files, path), text, { mode });
    },
    exists: (path) => existsSync(join(files, path)),
    processes: () => processesInside(pid),
    kill: (text) => killInside(pid, text),
    dispose,
  };
}

function runInside(pid: number, command: readonly string[], options: RunOptions): Promise<OmgRun> {
  const { user = "root", env, input, onStart } = options;
  const home = user === "root" ? "/root" : `/home/${user}`;
  const as = user === "root" ? [] : ["/usr/bin/setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups"];
  const all = {
    PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: home,
    USER: user,
    LC_ALL: "C.UTF-8",
    ...env,
  };
  // Set as the last thing: what leads there runs as root, and must not feel what a test does to a user's environment.
  const assignments = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  const inside = [...as, "/usr/bin/env", "-i", `--chdir=${options.cwd ?? home}`, ...assignments, ...command];
  const child = spawn(
    "/usr/bin/nsenter",
    [`--target=${pid}`, "--mount", "--pid", "--net", "--ipc", "--uts", "--", ...inside],
    { env: {} },
  );
  const out = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].on("data", (chunk: Buffer) => {
      out[stream] += chunk.toString();
    });
  }
  child.stdin.on("error", () => undefined);
  if (input !== undefined || onStart === undefined) child.stdin.end(input ?? "");
  onStart?.(child);
  return new Promise((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, ...out }));
  });
}

function processesInside(holder: number): readonly Process[] {
  const namespace = readlinkSync(`/proc/${holder}/ns/pid`);
  const pids = readdirSync("/proc").map(Number);
  return pids.filter((pid) => pid > 0 && pid !== holder).flatMap((pid) => processIn(namespace, pid));
}

function processIn(namespace: string, pid: number): readonly Process[] {
  try {
    if (readlinkSync(`/proc/${pid}/ns/pid`) !== namespace) return [];
    return [{ pid, command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim() }];
  } catch {
    return []; // it ended by itself
  }
}

function killInside(holder: number, text: string): number {
  const found = processesInside(holder).filter(({ command }) => command.includes(text));
  for (const { pid } of found) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it ended by itself
    }
  }
  return found.length;
}
