import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type AptLab, type AptLabOptions, createAptLab } from "./apt-lab.ts";
import { checkPlans } from "./plan-check.ts";

export const OMG = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "bin", "omg");

export interface OmgRun {
  /** Exit code; null after a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface OmgOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Gets the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** The real omg, run by root on an isolated root with a real apt and a signed repository, in a project folder of its own. */
export interface OmgLab {
  readonly apt: AptLab;
  /** Where omg runs, and where omg.lock lies. */
  readonly project: string;
  readonly env: Readonly<Record<string, string>>;
  /** Rejects only where a plan that omg printed or saved is not what its schema says. */
  omg(args: readonly string[], options?: OmgOptions): Promise<OmgRun>;
  /** As `omg`, and throws with everything it printed unless it exits with `code`. */
  expect(code: number, ...args: readonly string[]): Promise<OmgRun>;
  readLock(): string;
  writeLock(text: string): void;
  /** Replaces the `packages:` of the user's document; `pins` stay. */
  wantPackages(packages: Readonly<Record<string, unknown>>): void;
  dispose(): Promise<void>;
}

export async function createOmgLab(options: AptLabOptions = {}): Promise<OmgLab> {
  const apt = await createAptLab(options);
  const project = join(apt.folder, "project");
  mkdirSync(project, { mode: 0o755 });
  const env = labEnvironment(apt);
  const lockPath = join(project, "omg.lock");
  const omg: OmgLab["omg"] = async (args, run = {}) => {
    const ran = await runOmg(args, project, { ...env, ...run.env }, run);
    checkPlans(ran.stdout);
    if (args.includes("--out") && ran.code === 0) checkPlans(readFileSync(savedPlan(args, project), "utf8"));
    return ran;
  };
  return {
    apt,
    project,
    env,
    omg,
    expect: async (code, ...args) => {
      const ran = await omg(args);
      if (ran.code !== code)
        throw new Error(
          `omg ${args.join(" ")} ended with ${ran.code ?? ran.signal}, not ${code}\n${ran.stdout}\n${ran.stderr}`,
        );
      return ran;
    },
    readLock: () => readFileSync(lockPath, "utf8"),
    writeLock: (text) => writeFileSync(lockPath, text),
    wantPackages: (packages) => writeFileSync(lockPath, withPackages(readFileSync(lockPath, "utf8"), packages)),
    dispose: () => apt.dispose(),
  };
}

function savedPlan(args: readonly string[], project: string): string {
  return resolve(project, args[args.indexOf("--out") + 1] ?? "");
}

/** A lock that asks for these packages, without pins. */
export function lockOf(packages: Readonly<Record<string, unknown>>): string {
  return withPackages("version: 1\nname: lab\n", packages);
}

function withPackages(text: string, packages: Readonly<Record<string, unknown>>): string {
  const [, ...pins] = text.split(/^---\n/m);
  const lines = Object.entries(packages).map(
    ([name, request]) => `    ${JSON.stringify(name)}: ${JSON.stringify(request)}\n`,
  );
  const user = `version: 1\nname: lab\napt:\n  packages:${lines.length === 0 ? " {}\n" : `\n${lines.join("")}`}`;
  return [user, ...pins].join("---\n");
}

function labEnvironment(apt: AptLab): Readonly<Record<string, string>> {
  const folder = (name: string) => join(apt.folder, "omg", name);
  const dirs = {
    OMG_CONFIG_DIR: folder("config"),
    OMG_DATA_DIR: folder("data"),
    OMG_STATE_DIR: folder("state"),
    OMG_CACHE_DIR: folder("cache"),
    OMG_RUNTIME_DIR: folder("runtime"),
  };
  return { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: folder("home"), LC_ALL: "C.UTF-8", ...apt.env, ...dirs };
}

/** Runs `bin/omg` and waits; never rejects. */
export function runOmg(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  options: OmgOptions,
): Promise<OmgRun> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [OMG, ...args], { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
    const out = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (chunk: Buffer) => {
        out[stream] += chunk.toString();
      });
    }
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    options.onStart?.(child);
    child.once("close", (code, signal) => resolve({ code, signal, ...out }));
  });
}
