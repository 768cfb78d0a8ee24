import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type PresentPeer, writePresent } from "../../team/peers/present.ts";
import type { DebSpec } from "../../test/support/deb.ts";
import type { Station } from "../../test/support/net-lab.ts";
import { createPeersLab, type PeersLab, type TeamMachine } from "../../test/support/peers-lab.ts";
import { until } from "../../test/support/until.ts";
import { type Contender, measure, summary, type Timing } from "../measure.ts";
import type { Table, World } from "../world.ts";

const COUNT = 200;
const BYTES = 256 * 1024;
const PORT = 7466;
const RATE = ["rate", "40mbit", "burst", "64kb", "latency", "200ms"];
const PEERS = `[peers]\ninterfaces = ["eth0"]\nport = ${PORT}\n`;
const AGAINST = "omg, from the mirror alone";

/** What a machine that joins waits for, by who is near. */
export async function peers(world: World): Promise<Table> {
  return inTeam(async ({ contenders, root }) => ({
    title: `Join: ${COUNT} packages of ${BYTES / 1024} kB fetched, 40 Mbit/s from each`,
    unit: "ms",
    timings: await measure(root, contenders, world.rounds),
    against: AGAINST,
  }));
}

/** What of that comes from outside. */
export async function peersOutside(): Promise<Table> {
  return inTeam(async ({ contenders, root, left }) => {
    const timings: Timing[] = [];
    for (const contender of contenders) {
      const before = left();
      await measure(root, [contender], 0); // its unmeasured round
      timings.push({ name: contender.name, ...summary([(left() - before) / 1e6]) });
    }
    return { title: `Join: what leaves the mirror`, unit: "MB", timings, against: AGAINST };
  });
}

interface Joining {
  readonly root: Parameters<typeof measure>[0];
  readonly contenders: readonly Contender[];
  /** Bytes that the mirror has sent so far. */
  readonly left: () => number;
}

/** Five machines that serve with the real omgd, one that joins, and a mirror, each behind the same limit. */
async function inTeam(act: (joining: Joining) => Promise<Table>): Promise<Table> {
  const packages = Array.from(
    { length: COUNT },
    (_, index): DebSpec => ({ name: `bench-${index}`, version: "1.0", filler: BYTES }),
  );
  const lab = await createPeersLab(["joins", "one", "two", "three", "four", "five"], { packages });
  const [joins, ...others] = lab.machines as [TeamMachine, ...TeamMachine[]];
  const mirror = lab.net.join();
  const server = await serveMirror(mirror, joins);
  try {
    await lab.publish(Object.fromEntries(packages.map(({ name }) => [name, "*"])));
    for (const { namespace } of [mirror, ...others.map(({ station }) => station)])
      execFileSync("ip", ["netns", "exec", namespace, "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", ...RATE]);
    const near = await Promise.all(others.map((machine) => serving(machine, lab)));
    await joins.run("daemon", "fetch");
    return await act({
      root: { folder: joins.place(), project: joins.omg.project, lock: "", env: joins.env },
      contenders: [
        joining(joins, AGAINST, []),
        joining(joins, "omg, from one teammate", near.slice(0, 1)),
        joining(joins, "omg, from five teammates", near),
      ],
      left: () => Number(readInside(mirror, "/sys/class/net/eth0/statistics/tx_bytes")),
    });
  } finally {
    server.kill();
    await lab.close();
  }
}

/** Serves the joining machine's repository where that reaches it, and has its apt ask there. */
async function serveMirror(station: Station, { omg, station: { namespace }, env }: TeamMachine): Promise<ChildProcess> {
  const script = `
    const { createReadStream, statSync } = require("node:fs");
    require("node:http").createServer((question, answer) => {
      const file = process.argv[1] + question.url;
      try { answer.writeHead(200, { "content-length": statSync(file).size }); createReadStream(file).pipe(answer); }
      catch { answer.writeHead(404).end(); }
    }).listen(80, () => console.log("ready"));`;
  const command = ["netns", "exec", station.namespace, process.execPath, "-e", script, omg.apt.repo.path];
  const server = spawn("ip", command, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((ready) => server.stdout.once("data", ready));
  const folder = join(omg.apt.root, "etc/apt/sources.list.d");
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), "utf8");
    writeFileSync(join(folder, name), text.replace(/^URIs: .*$/m, `URIs: http://${station.address}`));
  }
  execFileSync("ip", ["netns", "exec", namespace, "apt-get", "-qq", "update"], { env: { ...env } });
  return server;
}

/** Has a machine's omgd serve what it holds. It installs nothing itself. */
async function serving(machine: TeamMachine, lab: PeersLab): Promise<PresentPeer> {
  for (let index = 0; index < COUNT; index++) {
    const { sha256, path } = lab.machines[0]?.omg.apt.repo.deb(`bench-${index}`, "1.0") ?? { sha256: "", path: "" };
    const object = machine.place("data", "store", "sha256", sha256.slice(0, 2), sha256.slice(2));
    mkdirSync(dirname(object), { recursive: true });
    cpSync(path, object);
  }
  machine.configure(PEERS, { drift: "off", "roll-forward": "off" });
  const omgd = machine.start();
  await omgd.hears(({ about, text }) => about === "peers" && /near/.test(text));
  await until(() => machine.placeOf("one") !== undefined || machine.placeOf("two") !== undefined);
  const { name, key, station } = machine;
  return { name, key: key.open, address: station.address, port: PORT };
}

/** omg's fetching and verifying, with nothing in its store, told by the file that an omgd writes whom to ask. */
function joining({ place, station, key: _ }: TeamMachine, name: string, near: readonly PresentPeer[]): Contender {
  const lock = place("state", "daemon", "current", "omg.lock");
  const repository =
    /url = "(.*)"/.exec(readFileSync(place("state", "daemon", "current", ".git", "config"), "utf8"))?.[1] ?? "";
  return {
    name,
    command: [
      "ip",
      "netns",
      "exec",
      station.namespace,
      process.execPath,
      join(import.meta.dirname, "fetch-only.mjs"),
      lock,
    ],
    before: () => {
      rmSync(place("data", "store"), { recursive: true, force: true });
      writePresent(place("state"), { repository, peers: near }, new Date());
    },
    says: new RegExp(`verified ${COUNT} in`),
    reads: /fetched \d+ in (\d+(?:\.\d+)?) ms/,
  };
}

function readInside({ namespace }: Station, path: string): string {
  return execFileSync("ip", ["netns", "exec", namespace, "cat", path], { encoding: "utf8" });
}
