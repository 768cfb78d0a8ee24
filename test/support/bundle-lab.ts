import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type OmgOptions, type OmgRun, runOmg } from "./omg-lab.ts";

/** A machine of its own to omg: its folders, and one that bundles are made of or received in. */
export interface BundleMachine {
  readonly project: string;
  readonly env: Readonly<Record<string, string>>;
  omg(args: readonly string[], options?: OmgOptions): Promise<OmgRun>;
  /** Throws with all that it printed unless it ends with this code. */
  expect(code: number, ...args: readonly string[]): Promise<OmgRun>;
  put(name: string, content: string | Buffer): string;
  read(name: string): string;
  /** This machine's own key, `ed25519:…`; there once it shared something. */
  key(): Promise<string>;
  dispose(): void;
}

export const LOCK = "version: 1\nname: web-team\nenv: { EDITOR: vi }\n";

export function createBundleMachine(): BundleMachine {
  const folder = mkdtempSync(join(tmpdir(), "omg-machine-"));
  chmodSync(folder, 0o755);
  const project = join(folder, "project");
  mkdirSync(project);
  const dirs = Object.fromEntries(
    ["CONFIG", "DATA", "STATE", "CACHE", "RUNTIME"].map((name) => [`OMG_${name}_DIR`, join(folder, name)]),
  );
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: join(folder, "home"), LC_ALL: "C.UTF-8", ...dirs };
  const omg: BundleMachine["omg"] = (args, options = {}) => runOmg(args, project, { ...env, ...options.env }, options);
  const machine: BundleMachine = {
    project,
    env,
    omg,
    expect: async (code, ...args) => {
      const ran = await omg(args);
      if (ran.code !== code)
        throw new Error(`omg ${args.join(" ")} ended with ${ran.code}, not ${code}\n${ran.stdout}\n${ran.stderr}`);
      return ran;
    },
    put: (name, content) => {
      const path = join(project, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    read: (name) => readFileSync(join(project, name), "utf8"),
    key: async () => {
      const { stdout } = await machine.expect(0, ...SHARE, join(folder, "for-its-key"), "--json");
      return (JSON.parse(stdout) as { from: string }).from;
    },
    dispose: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
  };
  writeFileSync(join(folder, "passphrase"), `${PASSPHRASE}\n`);
  return machine;
}

export const PASSPHRASE = "correct horse battery";
/** Beside every project. */
export const PASSPHRASE_FILE = ["--passphrase-file", "../passphrase"] as const;
/** Wants the file's path behind it. */
export const SHARE = ["team", "share", "--yes", "--force", ...PASSPHRASE_FILE, "--output"] as const;
export const RECEIVE = ["team", "receive", "--yes", "--no-apply", ...PASSPHRASE_FILE] as const;
