import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The programs that are measured beside omg. What is absent here gets `not here` in its row. */
export interface Tools {
  readonly ansible: boolean;
  readonly puppet: boolean;
  /** Path of the program. */
  readonly mise: string | undefined;
  /** GNU time, for peak memory. */
  readonly time: boolean;
  /** The verifier of Sequoia-PGP. */
  readonly sqv: boolean;
}

const MISE = "2026.9.15";
const DEBIAN = {
  "ansible-core": "ansible-playbook",
  "python3-apt": undefined,
  "puppet-agent": "puppet",
  "pacman-package-manager": "pacman",
  time: "time",
  sqv: "sqv",
};
const FOLDERS = ["/usr/local/bin", "/usr/bin", "/bin"];

/** Finds them; with `install`, first installs those that are missing: the only thing that a benchmark changes on a machine. */
export function tools(install: boolean): Tools {
  if (install) installMissing();
  return {
    ansible: has("ansible-playbook") && existsSync("/usr/lib/python3/dist-packages/apt"),
    puppet: has("puppet"),
    mise: existsSync(misePath()) ? misePath() : undefined,
    time: has("time"),
    sqv: has("sqv"),
  };
}

function has(program: string): boolean {
  return FOLDERS.some((folder) => existsSync(join(folder, program)));
}

function installMissing(): void {
  const missing = Object.entries(DEBIAN).filter(([, program]) => program === undefined || !has(program));
  if (process.getuid?.() === 0 && missing.some(([, program]) => program !== undefined))
    attempt("apt-get", ["-qq", "-y", "--no-install-recommends", "install", ...missing.map(([name]) => name)]);
  if (existsSync(misePath())) return;
  mkdirSync(miseFolder(), { recursive: true });
  writeFileSync(join(miseFolder(), "package.json"), "{}\n");
  attempt("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefix", miseFolder(), `mise@${MISE}`]);
}

function attempt(file: string, args: readonly string[]): void {
  try {
    execFileSync(file, args, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  } catch {
    console.error(`bench: ${file} ${args.join(" ")} failed; its rows will say "not here"`);
  }
}

function miseFolder(): string {
  return join(tmpdir(), `omg-bench-mise-${MISE}`);
}

function misePath(): string {
  return join(miseFolder(), "node_modules/mise/bin/mise");
}
