import { execFile, execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FaultServer, serveFolder } from "./fault-server.ts";
import type { PacmanSpec } from "./pacman-package.ts";
import { PacmanRepos, type PublishedAs } from "./pacman-repo.ts";
import { PACMAN_UNIVERSE } from "./pacman-universe.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PacmanLabOptions extends PublishedAs {
  /** Default: `PACMAN_UNIVERSE`. */
  readonly packages?: readonly PacmanSpec[];
  /** Further lines of `[options]`. */
  readonly options?: string;
  /** Default `Required DatabaseRequired`. */
  readonly sigLevel?: string;
}

/** A real pacman with a root, configuration, keyring and signed repositories of its own in a temporary folder. */
export interface PacmanLab {
  readonly folder: string;
  readonly root: string;
  /** The pacman.conf; `configure` writes it. */
  readonly config: string;
  readonly keyring: string;
  readonly repos: PacmanRepos;
  /** The real pacman, isolated; never rejects. */
  pacman(...args: readonly string[]): Promise<Ran>;
  /** As `pacman`; throws on any exit but 0. */
  pacmanOk(...args: readonly string[]): Promise<string>;
  /** What `pacman -Q` says: version by name. Empty where it finds nothing. */
  installed(...filter: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /** Adds to a repository and publishes it; the lab's pacman sees it after `-Sy`. */
  offer(specs: readonly PacmanSpec[], as?: PublishedAs): Promise<void>;
  configure(options: { readonly sigLevel?: string; readonly options?: string; readonly server?: string }): void;
  /** Makes the lab's pacman trust a key of `repos.gpg`. */
  trust(key: string, level?: "trusted" | "known"): void;
  /** Serves the repositories over http from now on. */
  serve(): Promise<FaultServer>;
  dispose(): Promise<void>;
}

/** What `needs` has to find before a lab can be built. */
export const PACMAN_NEEDS = [
  "pacman-package-manager",
  "libarchive-tools",
  "busybox-static",
  "gpg",
  "gpg-agent",
  "zstd",
  "root",
] as const;

const ENV = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", HOME: "/nonexistent" };

/** Builds, signs and synchronises; about three seconds. */
export async function createPacmanLab(options: PacmanLabOptions = {}): Promise<PacmanLab> {
  const folder = mkdtempSync(join(tmpdir(), "omg-pacman-"));
  chmodSync(folder, 0o755);
  const root = join(folder, "root");
  const config = join(folder, "pacman.conf");
  const keyring = join(folder, "gnupg");
  const repos = new PacmanRepos(join(folder, "repos"));
  const servers: FaultServer[] = [];
  makeRoot(root);
  makeKeyring(keyring, repos);
  const pacman = (...args: readonly string[]): Promise<Ran> =>
    call(["--config", config, "--noconfirm", "--color", "never", ...args]);
  const pacmanOk: PacmanLab["pacmanOk"] = async (...args) => {
    const ran = await pacman(...args);
    if (ran.code !== 0) throw new Error(`pacman ${args.join(" ")} ended with ${ran.code}\n${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  };
  const state = {
    sigLevel: options.sigLevel ?? "Required DatabaseRequired",
    options: options.options ?? "",
    server: `file://${repos.folder}`,
  };
  const lab: PacmanLab = {
    folder,
    root,
    config,
    keyring,
    repos,
    pacman,
    pacmanOk,
    installed: async (...filter) => listed((await pacman("-Q", ...filter)).stdout),
    offer: async (specs, as = options) => {
      for (const spec of specs) await repos.add(spec);
      for (const repo of repos.repositories()) await repos.publish(repo, as);
      lab.configure({});
    },
    configure: (change) => {
      Object.assign(state, change);
      writeFileSync(config, configurationOf({ ...state, root, keyring, repositories: repos.repositories() }));
    },
    trust: (key, level = "trusted") => trust(keyring, repos, key, level),
    serve: async () => {
      const server = await serveFolder(repos.folder);
      servers.push(server);
      lab.configure({ server: server.url });
      return server;
    },
    dispose: async () => {
      await Promise.all(servers.map((server) => server.close()));
      repos.dispose();
      execFileSync("gpgconf", ["--homedir", keyring, "--kill", "all"], { env: ENV, stdio: "ignore" });
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await lab.offer(options.packages ?? PACMAN_UNIVERSE);
    await lab.pacmanOk("-Sy");
  } catch (error) {
    await lab.dispose();
    throw error;
  }
  return lab;
}

function listed(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text
      .split("\n")
      .filter((line) => /^\w/.test(line))
      .map((line) => line.split(" ").slice(0, 2) as [string, string]),
  );
}

/** With a shell for install scripts, which pacman runs inside of the root. */
function makeRoot(root: string): void {
  const folders = [
    "var/lib/pacman/sync",
    "var/lib/pacman/local",
    "var/cache/pacman/pkg",
    "var/log",
    "etc/pacman.d/hooks",
    "tmp",
    "bin",
    "usr/bin",
  ];
  for (const name of folders) mkdirSync(join(root, name), { recursive: true, mode: 0o755 });
  busyboxLinks(root, ["sh", "sleep"]);
  busyboxLinks(root, ["sha256sum"], "usr/bin");
}

/** Programs for what runs inside of the root. */
export function busyboxLinks(root: string, names: readonly string[], folder = "bin"): void {
  const busybox = ["/usr/bin/busybox", "/bin/busybox"].find(existsSync) ?? "/bin/busybox";
  for (const name of names) {
    copyFileSync(busybox, join(root, folder, name));
    chmodSync(join(root, folder, name), 0o755);
  }
}

function makeKeyring(keyring: string, repos: PacmanRepos): void {
  mkdirSync(keyring, { mode: 0o755 });
  // pacman 6.0 looks for the keyring's old form, and gpg keeps to what is there.
  writeFileSync(join(keyring, "pubring.gpg"), "");
  writeFileSync(join(keyring, "gpg.conf"), "no-greeting\nno-permission-warning\nlock-never\n");
  trust(keyring, repos, repos.key, "trusted");
}

function trust(keyring: string, repos: PacmanRepos, key: string, level: "trusted" | "known"): void {
  const file = repos.gpg.exportTo(join(repos.gpg.folder, "export.gpg"), [key]);
  const gpg = (args: readonly string[], input?: string) =>
    execFileSync("gpg", ["--homedir", keyring, "--batch", "--quiet", ...args], {
      env: ENV,
      stdio: ["pipe", "ignore", "ignore"],
      ...(input && { input }),
    });
  gpg(["--import", file]);
  if (level === "trusted") gpg(["--import-ownertrust"], `${key}:6:\n`);
  gpg(["--check-trustdb"]);
  // As pacman-key leaves them: everybody may see whom the machine trusts.
  for (const name of ["pubring.gpg", "trustdb.gpg"]) chmodSync(join(keyring, name), 0o644);
}

function configurationOf(lab: {
  readonly root: string;
  readonly keyring: string;
  readonly sigLevel: string;
  readonly options: string;
  readonly server: string;
  readonly repositories: readonly string[];
}): string {
  const { root, keyring, sigLevel, options, server, repositories } = lab;
  const head = `[options]
RootDir = ${root}/
DBPath = ${root}/var/lib/pacman/
CacheDir = ${root}/var/cache/pacman/pkg/
LogFile = ${root}/var/log/pacman.log
GPGDir = ${keyring}/
HookDir = ${root}/etc/pacman.d/hooks/
Architecture = x86_64
SigLevel = ${sigLevel}
${options}
`;
  return head + repositories.map((name) => `[${name}]\nServer = ${server}/$repo\n`).join("");
}

function call(args: readonly string[]): Promise<Ran> {
  return new Promise((done) => {
    execFile("pacman", args, { env: ENV, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 128;
      done({ code, stdout, stderr });
    });
  });
}
