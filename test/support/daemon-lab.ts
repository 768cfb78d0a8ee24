import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createGitLab, type GitLab, type Signer } from "./git-lab.ts";
import { type OmgRun, runOmg } from "./omg-lab.ts";

/** omg with folders of its own, told to follow a repository whose commits alice signs. */
export interface FollowLab {
  readonly repo: GitLab;
  readonly alice: Signer;
  readonly env: Readonly<Record<string, string>>;
  /** omg's folders: `config`, `data`, `state`, `cache`, `runtime`. */
  place(...names: readonly string[]): string;
  /** Writes `[daemon]` of config.toml; values as TOML has them. `more`: what follows. */
  configure(settings: Readonly<Record<string, string | number>>, more?: string): void;
  /** Who may sign: the text of `allowed_signers`. */
  allow(text: string): void;
  omg(...args: readonly string[]): Promise<OmgRun>;
  /** The document that a command prints; throws unless it ends with `code`. */
  json(code: number, ...args: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

/** @param env of an isolated machine; without, the one that it runs on */
export async function createFollowLab(env: Readonly<Record<string, string>> = {}): Promise<FollowLab> {
  const repo = await createGitLab();
  const alice = repo.sshKey("alice");
  const place = (...names: readonly string[]) => join(repo.folder, "omg", ...names);
  const all = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: place("home"),
    LC_ALL: "C.UTF-8",
    ...env,
    OMG_CONFIG_DIR: place("config"),
    OMG_DATA_DIR: place("data"),
    OMG_STATE_DIR: place("state"),
    OMG_CACHE_DIR: place("cache"),
    OMG_RUNTIME_DIR: place("runtime"),
  };
  mkdirSync(place("config", "trust", "signers"), { recursive: true });
  const lab: FollowLab = {
    repo,
    alice: alice.signer,
    env: all,
    place,
    configure: (settings, more = "") => {
      const lines = Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
      writeFileSync(place("config", "config.toml"), `[daemon]\n${lines.join("")}${more}`);
    },
    allow: (text) => writeFileSync(place("config", "trust", "signers", "allowed_signers"), text),
    omg: (...args) => runOmg(args, repo.folder, all, {}),
    json: async (code, ...args) => {
      const ran = await runOmg([...args, "--json"], repo.folder, all, {});
      if (ran.code === code) return JSON.parse(ran.stdout);
      throw new Error(
        `omg ${args.join(" ")} ended with ${ran.code ?? ran.signal}, not ${code}\n${ran.stdout}\n${ran.stderr}`,
      );
    },
    close: () => repo.close(),
  };
  lab.allow(alice.line);
  lab.configure({ repository: repo.fileUrl });
  return lab;
}
