import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type OmgOptions, type OmgRun, runOmg } from "./omg-lab.ts";
import { createPacmanLab, type PacmanLab, type PacmanLabOptions } from "./pacman-lab.ts";
import { checkPlans } from "./plan-check.ts";

/** The real omg, run by root on an isolated root with a real pacman and signed repositories, in a project folder of its own. */
export interface PacmanOmgLab {
  readonly pacman: PacmanLab;
  readonly project: string;
  readonly env: Readonly<Record<string, string>>;
  /** Everything for the lab's pacman alone: the machine's own apt is out of sight. */
  omg(args: readonly string[], options?: OmgOptions): Promise<OmgRun>;
  /** As `omg`, and throws with everything it printed unless it exits with `code`. */
  expect(code: number, ...args: readonly string[]): Promise<OmgRun>;
  readLock(): string;
  /** Replaces the `packages:` of the user's document; `pins` stay. `built`: those of `aur`. */
  want(packages: Readonly<Record<string, unknown>>, more?: string, built?: Readonly<Record<string, unknown>>): void;
  /** What the plan would do: `install omg-app 2.0-1`, in order of the names. */
  plan(...args: readonly string[]): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

interface Planned {
  readonly resource_changes: readonly {
    readonly address: string;
    readonly change: { readonly after: { readonly version: string } | null };
  }[];
  readonly omg: { readonly steps: readonly { readonly kind: string; readonly address: string }[] };
}

/** omg's own folders lie inside of the root, as they do on a machine: pacman's hooks see nothing else. */
export async function createPacmanOmgLab(options: PacmanLabOptions = {}): Promise<PacmanOmgLab> {
  const pacman = await createPacmanLab(options);
  const project = join(pacman.folder, "project");
  mkdirSync(project, { mode: 0o755 });
  const env = environmentOf(pacman);
  writeFileSync(env.APT_CONFIG ?? "", 'Dir::Bin::dpkg "/nonexistent/dpkg";\n');
  const lockPath = join(project, "omg.lock");
  const omg: PacmanOmgLab["omg"] = async (args, run = {}) => {
    const ran = await runOmg(args, project, { ...env, ...run.env }, run);
    checkPlans(ran.stdout);
    return ran;
  };
  const expectExit: PacmanOmgLab["expect"] = async (code, ...args) => {
    const ran = await omg(args);
    if (ran.code === code) return ran;
    throw new Error(
      `omg ${args.join(" ")} ended with ${ran.code ?? ran.signal}, not ${code}\n${ran.stdout}\n${ran.stderr}`,
    );
  };
  return {
    pacman,
    project,
    env,
    omg,
    expect: expectExit,
    readLock: () => readFileSync(lockPath, "utf8"),
    want: (packages, more = "", built = {}) => {
      const [, ...pins] = existing(lockPath).split(/^---\n/m);
      writeFileSync(lockPath, [userDocument(packages, more, built), ...pins].join("---\n"));
    },
    plan: async (...args) => {
      const { stdout } = await expectExit(0, "plan", "--json", ...args);
      const planned = JSON.parse(stdout) as Planned;
      const kinds = new Map(planned.omg.steps.map(({ address, kind }) => [address, kind]));
      const words = planned.resource_changes.map(({ address, change: { after } }) =>
        [kinds.get(address), address.slice("pacman.".length), ...(after === null ? [] : [after.version])].join(" "),
      );
      return words.sort();
    },
    dispose: () => pacman.dispose(),
  };
}

function existing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

type Requests = Readonly<Record<string, unknown>>;

function userDocument(packages: Requests, more: string, built: Requests): string {
  const aur = Object.keys(built).length === 0 ? "" : `aur:\n  packages:${requestLines(built)}`;
  return `version: 1\nname: lab\npacman:\n${more}  packages:${requestLines(packages)}${aur}`;
}

function requestLines(requests: Requests): string {
  const lines = Object.entries(requests).map(
    ([name, request]) => `    ${JSON.stringify(name)}: ${JSON.stringify(request)}\n`,
  );
  return lines.length === 0 ? " {}\n" : `\n${lines.join("")}`;
}

function environmentOf({ folder, root, config }: PacmanLab): Readonly<Record<string, string>> {
  return {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: join(folder, "home"),
    LC_ALL: "C.UTF-8",
    APT_CONFIG: join(folder, "no-apt.conf"),
    OMG_PACMAN_CONFIG: config,
    OMG_CONFIG_DIR: join(folder, "omg/config"),
    OMG_DATA_DIR: join(root, "var/lib/omg"),
    OMG_STATE_DIR: join(root, "var/lib/omg/state"),
    OMG_CACHE_DIR: join(root, "var/cache/omg"),
    OMG_RUNTIME_DIR: join(folder, "omg/runtime"),
  };
}
