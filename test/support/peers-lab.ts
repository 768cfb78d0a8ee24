import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureHostKey, type HostKey } from "../../team/host-key.ts";
import type { AptLabOptions } from "./apt-lab.ts";
import { type Omgd, openOmgd } from "./daemon-omg-lab.ts";
import { createGitLab, type GitLab, type Signer } from "./git-lab.ts";
import { createNetLab, type NetLab, type Station } from "./net-lab.ts";
import { createOmgLab, lockOf, OMG, type OmgLab, type OmgRun } from "./omg-lab.ts";

/** A machine of the team: an isolated root with a real apt, in a network namespace of its own. */
export interface TeamMachine {
  readonly name: string;
  readonly omg: OmgLab;
  readonly station: Station;
  readonly key: HostKey;
  readonly env: Readonly<Record<string, string>>;
  /** Starts the real omgd there. */
  start(): Omgd;
  /** Runs the real omg there. */
  run(...args: readonly string[]): Promise<OmgRun>;
  /** What `omg daemon status --json` says of teammates. */
  near(): Promise<readonly string[]>;
  /** Where its omgd found that teammate; undefined where it did not. */
  placeOf(name: string): { readonly address: string; readonly port: number } | undefined;
  /** Writes config.toml: everything is applied, and these lines follow. */
  configure(peers?: string, daemon?: Readonly<Record<string, string | number>>): void;
  /** Of omg's folders. */
  place(...names: readonly string[]): string;
  /** Versions by name, by the real dpkg-query. */
  installed(): Promise<Readonly<Record<string, string>>>;
}

type Packages = Readonly<Record<string, unknown>>;

export interface PeersLab {
  readonly repo: GitLab;
  readonly alice: Signer;
  readonly net: NetLab;
  readonly machines: readonly TeamMachine[];
  /** One more place on the switch, and a key that is nobody's yet. */
  stranger(): { readonly station: Station; readonly key: HostKey };
  /** Pins these as the first machine, lists these keys as the team, commits that as alice, and pushes. @returns the commit */
  publish(packages: Packages, members?: Readonly<Record<string, string>>): Promise<string>;
  /** The keys of all machines, by name. */
  readonly keys: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const PEERS = '[peers]\ninterfaces = ["eth0"]\n';

/** Machines on one switch, whose mirror answers outside of it: what is fetched in there can only come from one another. */
export async function createPeersLab(names: readonly string[], options: AptLabOptions = {}): Promise<PeersLab> {
  const repo = await createGitLab();
  const { signer: alice, line } = repo.sshKey("alice");
  const net = createNetLab();
  const omgds: Omgd[] = [];
  const machines: TeamMachine[] = [];
  for (const name of names) {
    const omg = await createOmgLab({ conf: 'APT::Install-Recommends "true";', ...options });
    machines.push(machineOf(name, omg, net.join(), repo, line, omgds));
  }
  const [first] = machines;
  if (first === undefined) throw new Error("a team has machines");
  const keys = Object.fromEntries(machines.map(({ name, key }) => [name, key.open]));
  return {
    repo,
    alice,
    net,
    machines,
    keys,
    stranger: () => {
      const station = net.join();
      return { station, key: ensureHostKey(join(repo.folder, station.namespace)) };
    },
    publish: async (packages, members = keys) => {
      first.omg.writeLock(lockOf(packages));
      await first.omg.expect(0, "lock");
      const listed = Object.entries(members).map(([name, key]) => `[members.${name}]\nkey = "${key}"\n`);
      const commit = repo.commit({ "omg.lock": first.omg.readLock(), ".omg/members.toml": listed.join("") }, alice);
      repo.push();
      return commit;
    },
    close: async () => {
      for (const omgd of omgds) await omgd.stop();
      await Promise.all(machines.map(({ omg }) => omg.dispose()));
      await repo.close();
      net.close();
    },
  };
}

function machineOf(
  name: string,
  omg: OmgLab,
  station: Station,
  repo: GitLab,
  line: string,
  omgds: Omgd[],
): TeamMachine {
  // Beside the repository: git runs as nobody, who has to get there.
  const place = (...names: readonly string[]) => join(repo.folder, name, ...names);
  const folders = ["config", "data", "state", "cache", "runtime"].map((kind) => [
    `OMG_${kind.toUpperCase()}_DIR`,
    place(kind),
  ]);
  const env: Readonly<Record<string, string>> = { ...omg.env, ...Object.fromEntries(folders) };
  mkdirSync(place("config", "trust", "signers"), { recursive: true });
  writeFileSync(place("config", "trust", "signers", "allowed_signers"), line);
  const run = (...args: readonly string[]) =>
    new Promise<OmgRun>((resolve) => {
      const child = spawn(...inside(station, [process.execPath, OMG, ...args]), {
        cwd: omg.project,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const out = { stdout: "", stderr: "" };
      for (const stream of ["stdout", "stderr"] as const)
        child[stream].on("data", (piece: Buffer) => {
          out[stream] += piece.toString();
        });
      child.once("close", (code, signal) => resolve({ code, signal, ...out }));
    });
  const machine: TeamMachine = {
    name,
    omg,
    station,
    key: ensureHostKey(place("data")),
    env,
    place,
    run,
    start: () => {
      const [file, args] = inside(station, [process.execPath, OMG, "daemon", "run", "--json"]);
      const omgd = openOmgd(spawn(file, args, { cwd: "/", env, stdio: ["ignore", "pipe", "pipe"] }));
      omgds.push(omgd);
      return omgd;
    },
    near: async () => {
      const { stdout } = await run("daemon", "status", "--json");
      return (JSON.parse(stdout) as { state?: { peers?: { near: string[] } } }).state?.peers?.near ?? [];
    },
    placeOf: (other) => {
      const { peers } = JSON.parse(readFileSync(place("state", "daemon", "peers.json"), "utf8")) as {
        peers: { name: string; address: string; port: number }[];
      };
      return peers.find((peer) => peer.name === other);
    },
    configure: (peers = PEERS, daemon = {}) => {
      const all = {
        repository: repo.fileUrl,
        drift: "apply",
        "roll-forward": "apply",
        poll: 86_400,
        backoff: 1,
        ...daemon,
      };
      const lines = Object.entries(all).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
      writeFileSync(place("config", "config.toml"), `[daemon]\n${lines.join("")}${peers}`);
    },
    installed: async () =>
      Object.fromEntries(
        [...(await omg.apt.installed())]
          .filter(([, { status }]) => status.endsWith("i"))
          .map(([each, { version }]) => [each, version]),
      ),
  };
  machine.configure();
  return machine;
}

function inside({ namespace }: Station, command: readonly string[]): [string, string[]] {
  return ["ip", ["netns", "exec", namespace, ...command]];
}
