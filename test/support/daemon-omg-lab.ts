import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { createFollowLab, type FollowLab } from "./daemon-lab.ts";
import { createOmgLab, lockOf, OMG, type OmgLab } from "./omg-lab.ts";
import { until } from "./until.ts";

/** An omgd that runs, and what it has said so far. */
export interface Omgd {
  readonly child: ChildProcess;
  /** Lines of `--json`, in order. */
  readonly said: readonly Said[];
  readonly stderr: () => string;
  /** Waits for something that it says, from now or before. */
  hears(what: (said: Said) => boolean): Promise<Said>;
  /** Ends it, and waits. @returns the exit code, or the signal */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

export interface Said {
  /** RFC 3339, by omgd. */
  readonly time: string;
  readonly about: string;
  readonly tone: string;
  readonly text: string;
  readonly problem?: { readonly code: string; readonly message: string };
}

/** The child of omgd that works out answers, where one does. */
export function builderOf({ child: { pid } }: Omgd): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  const found = children.find((child) => {
    try {
      return readFileSync(`/proc/${child}/cmdline`, "utf8").split("\0").includes("__prepare");
    } catch {
      return false;
    }
  });
  return found === undefined ? undefined : Number(found);
}

/** Says that a commit came into force. */
export const isInForce = (commit: string) => (said: Said) =>
  said.about === "commit" && said.text === `${commit.slice(0, 12)} is in force`;

/** omgd over an isolated root with a real apt, told by a real repository. */
export interface DaemonLab {
  readonly machine: OmgLab;
  readonly follow: FollowLab;
  /** Pins these packages as a person would, commits that as alice, and pushes. @returns the commit */
  publish(
    packages: Readonly<Record<string, unknown>>,
    more?: Readonly<Record<string, string | undefined>>,
    health?: readonly string[],
  ): Promise<string>;
  /** Configures omgd over the default: everything is applied, at a poll of a day. */
  configure(settings?: Readonly<Record<string, string | number>>, more?: string): void;
  /** @param env beside the lab's own */
  start(env?: Readonly<Record<string, string>>): Omgd;
  /** Has it look at everything, and waits until it has. */
  look(omgd: Omgd): Promise<void>;
  /** The lock that its runs are about. */
  readonly lock: string;
  /** Versions by name, by the real dpkg-query. */
  installed(): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

export async function createDaemonLab(): Promise<DaemonLab> {
  const machine = await createOmgLab({ conf: 'APT::Install-Recommends "true";' });
  const follow = await createFollowLab(machine.apt.env);
  const running: Omgd[] = [];
  const lab: DaemonLab = {
    machine,
    follow,
    publish: async (packages, more = {}, health = []) => {
      const names = health.length === 0 ? "" : `health: ${JSON.stringify(health)}\n`;
      machine.writeLock(lockOf(packages).replace("apt:\n", `${names}apt:\n`));
      await machine.expect(0, "lock");
      const commit = follow.repo.commit({ "omg.lock": machine.readLock(), ...more }, follow.alice);
      follow.repo.push();
      return commit;
    },
    configure: (settings = {}, more = "") => {
      const all = {
        repository: follow.repo.fileUrl,
        drift: "apply",
        "roll-forward": "apply",
        poll: 86_400,
        backoff: 1,
        ...settings,
      };
      follow.configure(all, more);
    },
    start: (env = {}) => {
      const omgd = startOmgd({ ...follow.env, ...env });
      running.push(omgd);
      return omgd;
    },
    lock: follow.place("state", "daemon", "current", "omg.lock"),
    look: async ({ child }) => {
      const asked = new Date().toISOString();
      child.kill("SIGHUP");
      await until(() => {
        const { contact, doing } = JSON.parse(readFileSync(follow.place("state", "daemon", "state.json"), "utf8"));
        return contact >= asked && doing === "waiting";
      }, 60_000);
    },
    installed: async () =>
      Object.fromEntries(
        [...(await machine.apt.installed())]
          .filter(([, { status }]) => status.endsWith("i"))
          .map(([name, { version }]) => [name, version]),
      ),
    close: async () => {
      for (const omgd of running) await omgd.stop();
      await Promise.all([machine.dispose(), follow.close()]);
    },
  };
  lab.configure();
  return lab;
}

/** omgd in the foreground, as `--json` has it. */
export function startOmgd(env: FollowLab["env"]): Omgd {
  const args = [OMG, "daemon", "run", "--json"];
  return openOmgd(spawn(process.execPath, args, { cwd: "/", env, stdio: ["ignore", "pipe", "pipe"] }));
}

/** Listens to an omgd that was started with `--json`. */
export function openOmgd(child: ChildProcessByStdio<null, Readable, Readable>): Omgd {
  const said: Said[] = [];
  let rest = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    // One that is ended before it has come to rest says so in a document of several lines.
    said.push(...lines.filter((line) => line.startsWith('{"')).map((line) => JSON.parse(line) as Said));
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return {
    child,
    said,
    stderr: () => stderr,
    hears: async (what) => {
      try {
        await until(() => said.some(what), 60_000);
      } catch (cause) {
        throw new Error(`omgd did not say that: ${what}\n${JSON.stringify(said, undefined, 1)}\n${stderr}`, { cause });
      }
      return said.find(what) as Said;
    },
    stop: async (signal = "SIGTERM") => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
      const ended = new Promise((done) => child.once("close", done));
      child.kill(signal);
      await ended;
      return child.exitCode ?? child.signalCode;
    },
  };
}
