import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { isProgram } from "./program.ts";
import { type RunResult, run } from "./run.ts";

// mise as a program without surroundings: what it finds of configuration is what omg wrote, what it writes lies in one folder
// that is thrown away, and it finds no other program to start.

/** One tool that mise is asked for. */
export interface MiseRequest {
  /** As mise's registry calls it. */
  readonly tool: string;
  /** `1.7.1`, a beginning of it, or `latest`. */
  readonly version: string;
  /** Content of a mise.lock, by which mise has to go. */
  readonly lock?: string;
}

export interface MiseAlone {
  /** Absolute path of mise. */
  readonly program: string;
  /** Empty, and nobody else's; all that mise writes lies below it. */
  readonly folder: string;
  /** More variables than those that keep it alone. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Kinds of sources that fetch packages of other package managers, or run scripts of plugins. */
const NOT_ARCHIVES = [
  "asdf",
  "vfox",
  "npm",
  "pypi",
  "pipx",
  "cargo",
  "go",
  "gem",
  "dotnet",
  "conda",
  "spm",
  "ubi",
  "s3",
];
const LIMIT_MS = 600_000;

/**
 * Where mise lies, by a PATH, and then where its own installer puts it. Relative folders do not count, nor do omg's own shims, nor what
 * somebody else than root or this user could have put there. Undefined where it is not there.
 */
export function findMise(path: string | undefined, home: string, shims: string): string | undefined {
  const folders = [...(path ?? "").split(delimiter).filter(isAbsolute), join(home, ".local/bin")];
  const others = folders.filter((folder) => join(folder) !== shims);
  return others.map((folder) => join(folder, "mise")).find((program) => isProgram(program) && isOurs(program));
}

function isOurs(program: string): boolean {
  return [program, dirname(program)]
    .map((path) => statSync(path))
    .every(({ uid, mode }) => {
      const isOpen = (mode & 0o002) !== 0 && (mode & 0o1000) === 0;
      return (uid === 0 || uid === process.geteuid?.()) && !isOpen;
    });
}

/** Writes the one request down, where mise looks for it. */
export function writeRequest(folder: string, { tool, version, lock }: MiseRequest): void {
  const project = projectIn(folder);
  for (const path of [project, homeIn(folder), join(folder, "tmp")]) mkdirSync(path, { mode: 0o700, recursive: true });
  writeFileSync(join(project, "mise.toml"), `[tools]\n${JSON.stringify(tool)} = ${JSON.stringify(version)}\n`);
  if (lock !== undefined) writeFileSync(join(project, "mise.lock"), lock);
}

/** Path of the mise.lock beside the request. */
export function lockIn(folder: string): string {
  return join(projectIn(folder), "mise.lock");
}

/** Where it puts the versions of a tool. */
export function installsIn(folder: string, tool: string): string {
  return join(homeIn(folder), ".local/share/mise/installs", tool);
}

/** Errors: those of `run`. */
export function miseAlone(
  { program, folder, env = {}, signal }: MiseAlone,
  args: readonly string[],
): Promise<RunResult> {
  return run(program, args, {
    env: { ...surroundings(folder), ...env },
    cwd: projectIn(folder),
    timeoutMs: LIMIT_MS,
    maxOutputBytes: 1 << 20,
    detached: true,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** mise's documentation, "Settings" and "Configuration: Environment variables". */
function surroundings(folder: string): Readonly<Record<string, string>> {
  return {
    HOME: homeIn(folder),
    PATH: "/nonexistent",
    LC_ALL: "C.UTF-8",
    NO_COLOR: "1",
    TMPDIR: join(folder, "tmp"),
    MISE_SYSTEM_CONFIG_DIR: join(folder, "none"),
    MISE_SYSTEM_DATA_DIR: join(folder, "none"),
    MISE_CEILING_PATHS: folder,
    MISE_TRUSTED_CONFIG_PATHS: projectIn(folder),
    MISE_SAFE: "1",
    MISE_NO_HOOKS: "1",
    MISE_LOCKFILE: "1",
    MISE_YES: "1",
    MISE_NETRC: "0",
    MISE_GITHUB_GH_CLI_TOKENS: "0",
    MISE_USE_VERSIONS_HOST_TRACK: "0",
    MISE_DISABLE_BACKENDS: NOT_ARCHIVES.join(","),
  };
}

function projectIn(folder: string): string {
  return join(folder, "project");
}

function homeIn(folder: string): string {
  return join(folder, "home");
}

/** What mise said went wrong, without its own version and advice, and the path of what omg wrote for it. */
export function complaintsOf({ stderr }: Pick<RunResult, "stderr">): readonly string[] {
  const lines = stderr.split("\n").map((text) =>
    text
      .replace(/^mise (?:ERROR|WARN) +/, "")
      .replace(/\[[^\]]*\/project\/mise\.toml\] /, "")
      .trim(),
  );
  return lines.filter((text) => text !== "" && !/^(?:Version:|Run with|mise by )|^mise [✓✗█]/.test(text)).slice(0, 8);
}
