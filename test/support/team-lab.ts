import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createGitLab, type GitLab } from "./git-lab.ts";
import { OMG, type OmgRun, runOmg } from "./omg-lab.ts";

/** Somebody of a team: a clone of their own, and a git that signs. */
export interface Person {
  readonly name: string;
  readonly clone: string;
  /** `ssh-ed25519 AAAA…`, and its fingerprint. */
  readonly key: string;
  readonly fingerprint: string;
  /** Of omg. */
  readonly env: Readonly<Record<string, string>>;
  /** The real git in the clone. */
  git(...args: readonly string[]): string;
  write(files: Readonly<Record<string, string>>): void;
  read(file: string): string;
  /** Commits everything, signed, and pushes to main. @returns the commit */
  publish(files?: Readonly<Record<string, string>>): string;
  /** Signs a trust document, and adds that to what signed it before. */
  signTrust(version: number): void;
  omg(...args: readonly string[]): Promise<OmgRun>;
  json(code: number, ...args: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
}

/** omg with folders of its own, and perhaps a root of its own. */
export interface Machine {
  readonly env: Readonly<Record<string, string>>;
  /** An omgd that runs until its end is asked for; what it said on both streams. */
  start(): { readonly said: () => string; stop(): Promise<void> };
  place(...names: readonly string[]): string;
  omg(...args: readonly string[]): Promise<OmgRun>;
  json(code: number, ...args: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
}

export interface TeamLab {
  readonly server: GitLab;
  /** @param env of an isolated root */
  machine(name: string, env?: Readonly<Record<string, string>>): Machine;
  person(name: string): Person;
  /** Alice's team, pushed. @returns its fingerprint */
  found(alice: Person, lock?: string): Promise<string>;
  close(): Promise<void>;
}

/** Changes nothing on the machine but the shell's own. */
export const SHELL_LOCK = "version: 1\nname: web-team\naliases:\n  ll: ls -l\n";

const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

export async function createTeamLab(): Promise<TeamLab> {
  const server = await createGitLab();
  execFileSync("git", ["config", "--file", join(server.bare, "config"), "http.receivepack", "true"]);
  const lab: TeamLab = {
    server,
    machine: (name, env = {}) => machineIn(join(server.folder, "machines", name), env),
    person: (name) => personIn(server, name),
    found: async (alice, lock = SHELL_LOCK) => {
      alice.write({ "omg.lock": lock });
      const { fingerprint } = await alice.json(0, "team", "init", "web-team", "--yes");
      alice.publish();
      return String(fingerprint);
    },
    close: () => server.close(),
  };
  return lab;
}

function foldersIn(place: (...names: readonly string[]) => string): Readonly<Record<string, string>> {
  return {
    PATH,
    LC_ALL: "C.UTF-8",
    HOME: place("home"),
    OMG_CONFIG_DIR: place("config"),
    OMG_DATA_DIR: place("data"),
    OMG_STATE_DIR: place("state"),
    OMG_CACHE_DIR: place("cache"),
    OMG_RUNTIME_DIR: place("runtime"),
  };
}

function asking(cwd: string, env: Readonly<Record<string, string>>): Pick<Machine, "omg" | "json"> {
  const omg: Machine["omg"] = (...args) => runOmg(args, cwd, env, {});
  return {
    omg,
    json: async (code, ...args) => {
      const ran = await omg(...args, "--json");
      if (ran.code === code) return JSON.parse(ran.stdout);
      throw new Error(
        `omg ${args.join(" ")} ended with ${ran.code ?? ran.signal}, not ${code}\n${ran.stdout}\n${ran.stderr}`,
      );
    },
  };
}

function machineIn(folder: string, env: Readonly<Record<string, string>>): Machine {
  const place = (...names: readonly string[]) => join(folder, ...names);
  mkdirSync(place("home"), { recursive: true });
  const all = { ...foldersIn(place), ...env };
  return { place, env: all, ...asking(place("home"), all), start: () => omgdIn(place("home"), all) };
}

function omgdIn(cwd: string, env: Readonly<Record<string, string>>): ReturnType<Machine["start"]> {
  const child = spawn(process.execPath, [OMG, "daemon", "run", "--json"], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
  const gone = new Promise<void>((done) => child.once("close", () => done()));
  return {
    said: () => text,
    stop: async () => {
      child.kill("SIGTERM");
      await gone;
    },
  };
}

function personIn(server: GitLab, name: string): Person {
  const home = join(server.folder, "people", name);
  const place = (...names: readonly string[]) => join(home, ...names);
  mkdirSync(home, { recursive: true });
  const clone = place("clone");
  const keyFile = place("key");
  execFileSync("ssh-keygen", ["-q", "-N", "", "-t", "ed25519", "-C", name, "-f", keyFile]);
  const config = place("gitconfig");
  const address = `${name}@omg.test`;
  writeFileSync(
    config,
    `[user]\n\tname = ${name}\n\temail = ${address}\n\tsigningkey = ${keyFile}.pub\n[gpg]\n\tformat = ssh\n[init]\n\tdefaultBranch = main\n`,
  );
  const env = {
    ...foldersIn((...names) => place("omg", ...names)),
    GIT_CONFIG_GLOBAL: config,
    GIT_CONFIG_NOSYSTEM: "1",
  };
  const call = (cwd: string, args: readonly string[]) =>
    execFileSync("git", args, {
      cwd,
      env: { ...env, HOME: home },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  // By its path: the server lives in this process, which waits for git here.
  call(home, ["clone", "--quiet", server.bare, clone]);
  const [type, blob] = readFileSync(`${keyFile}.pub`, "utf8").split(" ");
  const fingerprint =
    execFileSync("ssh-keygen", ["-l", "-f", `${keyFile}.pub`], { encoding: "utf8" }).split(" ")[1] ?? "";
  const person: Person = {
    name,
    clone,
    env,
    key: `${type} ${blob}`,
    fingerprint,
    git: (...args) => call(clone, args).trim(),
    write: (files) => {
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(join(clone, file, ".."), { recursive: true });
        writeFileSync(join(clone, file), text);
      }
    },
    read: (file) => readFileSync(join(clone, file), "utf8"),
    publish: (files = {}) => {
      person.write(files);
      call(clone, ["add", "--all"]);
      call(clone, ["commit", "--quiet", "--allow-empty", "--gpg-sign", "-m", `by ${name}`]);
      call(clone, ["push", "--quiet", "origin", "HEAD:main"]);
      return person.git("rev-parse", "HEAD");
    },
    signTrust: (version) => {
      const file = join(clone, ".omg", "trust", `${version}`);
      const sign = ["-Y", "sign", "-q", "-n", "omg-trust", "-f", keyFile];
      const signature = execFileSync("ssh-keygen", sign, { input: readFileSync(`${file}.json`), encoding: "utf8" });
      writeFileSync(`${file}.sig`, signature, { flag: "a" });
    },
    ...asking(clone, env),
  };
  return person;
}

/** A later trust document of a team. */
export function nextTrust(text: string, change: (trust: TrustText) => void): string {
  const trust = JSON.parse(text) as TrustText;
  trust.version += 1;
  change(trust);
  return `${JSON.stringify(trust, undefined, 2)}\n`;
}

export interface TrustText {
  version: number;
  expires?: string;
  threshold: number;
  keys: Record<string, { owner: string; ssh: string }>;
  roles: Record<"trust" | "release" | "policy" | "peers", string[]>;
}
