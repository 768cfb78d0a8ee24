import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import manifest from "../../package.json" with { type: "json" };
import { encodeStatus, type Status } from "../../schema/wire/status.ts";
import { compile, SOURCES, STRICT } from "../../scripts/native.mjs";

const PROJECT = join(import.meta.dirname, "../..");

/** Somebody who is not root and has no entry in passwd(5). */
export const STRANGER = 64_123;

export interface FastRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FastOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as this user; needs root. */
  readonly uid?: number;
  /** A shell command around `"$@"`, such as `"$@" > /dev/full`. */
  readonly around?: string;
}

/** omg-fast twice: the native program, and the script for machines without a compiler. */
export interface FastLab {
  /** Anybody may enter it. */
  readonly folder: string;
  readonly native: string;
  readonly script: string;
  run(which: "native" | "script", args: readonly string[], options?: FastOptions): FastRun;
  dispose(): void;
}

/** Options of a compiler that end a program at its first fault of memory. */
export const SANITIZED = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/**
 * Compiles with every warning as an error, as `npm run build` does otherwise.
 * @param sanitized the native program ends at the first fault of memory instead
 * @param build what the native program tells omgd; without, it asks none
 */
export function createFastLab({ sanitized = false, build = "" } = {}): FastLab {
  const folder = mkdtempSync(join(tmpdir(), "omg-fast-"));
  chmodSync(folder, 0o755);
  const native = join(folder, "omg-fast");
  const script = join(folder, "omg-fast.cjs");
  const named = build === "" ? [] : [`-DOMG_BUILD="${build}"`];
  if (sanitized) execFileSync("gcc", [...STRICT, ...SANITIZED, ...named, "-o", native, ...SOURCES]);
  else if (compile(["gcc"], { target: native, version: manifest.version, more: STRICT }) === undefined)
    throw new Error(execFileSync("gcc", [...STRICT, "-o", "/dev/null", ...SOURCES], { encoding: "utf8" }));
  buildSync({
    absWorkingDir: PROJECT,
    entryPoints: ["cli/fast/main.ts"],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    // As scripts/build.mjs has it.
    define: { "import.meta.url": "omgBundle" },
    banner: { js: 'const omgBundle = require("node:url").pathToFileURL(__filename).href;' },
    outfile: script,
  });
  mkdirSync(join(folder, "run"));
  const commands = { native: [native], script: [process.execPath, script] };
  return {
    folder,
    native,
    script,
    run: (which, args, options) => run([...commands[which], ...args], folder, options),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function run(words: readonly string[], folder: string, { env, uid, around }: FastOptions = {}): FastRun {
  const [file = "", ...args] = around === undefined ? words : ["/bin/sh", "-c", around, "sh", ...words];
  const { status, stdout, stderr } = spawnSync(file, args, {
    cwd: "/",
    env: env ?? { OMG_RUNTIME_DIR: join(folder, "run") },
    ...(uid === undefined ? {} : { uid, gid: uid }),
    encoding: "latin1",
    timeout: 30_000,
  });
  return { code: status, stdout, stderr };
}

/** The time of a status that was published this many seconds ago. */
export function ago(seconds: number): number {
  return Math.floor(Date.now() / 1000) - seconds;
}

/** The bytes of a status of a moment ago: 7 drifted, 120 asked for of 1,500, no orphans, updates not counted. */
export function statusBytes(parts: Partial<Status> = {}): Buffer {
  const status: Status = {
    state: "drifted",
    total: 1500,
    explicit: 120,
    orphans: 0,
    drift: 7,
    generation: 12,
    timestamp: ago(5),
    ...parts,
  };
  return Buffer.from(encodeStatus(status));
}
