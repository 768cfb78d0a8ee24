import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFollowLab, type FollowLab } from "../support/daemon-lab.ts";
import { type Omgd, openOmgd } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { OMG, runOmg } from "../support/omg-lab.ts";
import { connectTo, type OmgdClient } from "../support/omgd-client.ts";
import { createPacmanLab, PACMAN_NEEDS, type PacmanLab } from "../support/pacman-lab.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...PACMAN_NEEDS);
/** So many that omgd goes by the kernel's notices. */
const COUNT = 100;

let pacman: PacmanLab;
let follow: FollowLab;
let omgd: Omgd | undefined;
let client: OmgdClient | undefined;

beforeEach(async () => {
  if (!HERE) return;
  pacman = await createPacmanLab({ packages: [{ name: "omg-base", version: "1.0-1" }] });
  const local = join(pacman.root, "var/lib/pacman/local");
  for (let number = 0; number < COUNT; number += 1) {
    const folder = join(local, `crowd-${number}-1.0-1`);
    mkdirSync(folder, { recursive: true });
    const fields = { NAME: `crowd-${number}`, VERSION: "1.0-1", DESC: "one of many", ARCH: "any", REASON: "1" };
    const desc = Object.entries(fields).map(([field, value]) => `%${field}%\n${value}\n\n`);
    writeFileSync(join(folder, "desc"), desc.join(""));
    writeFileSync(join(folder, "files"), "%FILES%\n\n");
  }
  writeFileSync(join(pacman.folder, "no-apt.conf"), 'Dir::Bin::dpkg "/nonexistent/dpkg";\n');
  follow = await createFollowLab({
    OMG_PACMAN_CONFIG: pacman.config,
    APT_CONFIG: join(pacman.folder, "no-apt.conf"),
  });
  follow.configure({
    repository: follow.repo.fileUrl,
    poll: 86_400,
    drift: "off",
    "roll-forward": "off",
    backoff: 3600,
  });
});

afterEach(async () => {
  client?.close();
  await omgd?.stop();
  await follow?.close();
  await pacman?.dispose();
});

async function ready(): Promise<OmgdClient> {
  const args = [OMG, "daemon", "run", "--json"];
  omgd = openOmgd(spawn(process.execPath, args, { cwd: "/", env: follow.env, stdio: ["ignore", "pipe", "pipe"] }));
  const path = follow.place("runtime", "control.sock");
  await until(() => statSync(path, { throwIfNoEntry: false }) !== undefined, 60_000);
  client = await connectTo(path);
  return client;
}

/** Pins these packages as a person would, commits that as alice, and pushes. */
async function publish(packages: Readonly<Record<string, string>>): Promise<string> {
  const project = join(pacman.folder, "project");
  mkdirSync(project, { recursive: true });
  const path = join(project, "omg.lock");
  writeFileSync(path, `version: 1\nname: lab\npacman:\n  packages: ${JSON.stringify(packages)}\n`);
  const { code, stderr } = await runOmg(["lock"], project, follow.env, {});
  expect(code, stderr).toBe(0);
  const commit = follow.repo.commit({ "omg.lock": readFileSync(path, "utf8") }, follow.alice);
  follow.repo.push();
  return commit.slice(0, 12);
}

/** What it says now of what was asked for by name, and whether it vouches for that. */
async function explicitly(
  asker: OmgdClient,
): Promise<{ readonly current: boolean; readonly names: readonly string[] }> {
  const { answer, current } = await asker.ask({ ask: "explicit" });
  const { packages } = (answer ?? { packages: [] }) as { readonly packages: readonly { readonly name: string }[] };
  return { current: current === true, names: packages.map(({ name }) => name) };
}

describe.runIf(HERE)("omgd on a machine of pacman's", () => {
  it("applies what a commit asks for, and puts back what pacman -R took away", async () => {
    const modes = { drift: "apply", "roll-forward": "apply" };
    follow.configure({ repository: follow.repo.fileUrl, poll: 86_400, ...modes, backoff: 1 });
    const first = await publish({ "omg-base": "1.0-1" });
    await ready();
    const inForce = (commit: string) =>
      omgd?.hears(({ about, text }) => about === "commit" && text === `${commit} is in force`);
    await inForce(first);
    expect(await pacman.installed("omg-base")).toEqual({ "omg-base": "1.0-1" });
    const before = omgd?.said.length ?? 0;
    await pacman.pacmanOk("-R", "omg-base");
    const later = () => (omgd?.said ?? []).slice(before).map(({ text }) => text);
    await until(() => later().includes("drifted: 1 difference"), 60_000);
    await until(() => later().includes("in sync"), 60_000);
    expect(await pacman.installed("omg-base")).toEqual({ "omg-base": "1.0-1" });
    await pacman.offer([{ name: "omg-base", version: "1.1-1" }]);
    await pacman.pacmanOk("-Sy");
    const second = await publish({ "omg-base": "1.1-1" });
    omgd?.child.kill("SIGHUP");
    await inForce(second);
    expect(await pacman.installed("omg-base")).toEqual({ "omg-base": "1.1-1" });
    expect((await follow.omg("audit", "verify")).code).toBe(0);
  });
});

describe.runIf(HERE)("omgd's answers about a machine of pacman's", () => {
  it("are never vouched for once pacman has changed anything", async () => {
    const asker = await ready();
    const quiet = () => until(async () => (await explicitly(asker)).current, 60_000);
    await quiet();
    const changes: readonly (readonly [args: readonly string[], names: readonly string[]])[] = [
      // In place: neither the folder of the database nor that of the package changes.
      [["-D", "--asexplicit", "crowd-7"], ["crowd-7"]],
      [
        ["-D", "--asexplicit", "crowd-8", "crowd-9"],
        ["crowd-7", "crowd-8", "crowd-9"],
      ],
      [
        ["-D", "--asdeps", "crowd-7"],
        ["crowd-8", "crowd-9"],
      ],
      [["-Rdd", "crowd-8"], ["crowd-9"]],
      [
        ["-S", "omg-base"],
        ["crowd-9", "omg-base"],
      ],
    ];
    let before: readonly string[] = [];
    for (const [args, names] of changes) {
      expect(await explicitly(asker)).toEqual({ current: true, names: before });
      await pacman.pacmanOk(...args);
      const now = await explicitly(asker);
      if (now.current) expect([args, now.names]).toEqual([args, names]);
      else expect([args, now.names]).toEqual([args, before]);
      await quiet();
      expect(await explicitly(asker)).toEqual({ current: true, names });
      before = names;
    }
    // Before it has noticed, and while it works things out anew.
    for (let round = 0; round < 20; round += 1) {
      const name = `crowd-${20 + round}`;
      await pacman.pacmanOk("-D", "--asexplicit", name);
      const { current, names } = await explicitly(asker);
      expect([name, current && !names.includes(name)]).toEqual([name, false]);
    }
    await quiet();
    expect((await explicitly(asker)).names).toHaveLength(22);
  });

  it("have the AUR's names in them from when they were fetched", async () => {
    const asker = await ready();
    const isCurrent = async () => (await explicitly(asker)).current;
    const found = async () => {
      const { answer } = await asker.ask({ ask: "search", terms: ["frobnicate"], limit: 25 });
      const { hits } = (answer ?? { hits: [] }) as { readonly hits: readonly { readonly name: string }[] };
      return hits.map(({ name }) => name);
    };
    await until(isCurrent, 60_000);
    expect(await found()).toEqual([]);
    const names = join(follow.env.OMG_DATA_DIR ?? "", "aur/names");
    mkdirSync(dirname(names), { recursive: true });
    writeFileSync(names, "frobnicate\t1.0-1\tFrobnicates\n");
    expect(await isCurrent()).toBe(false);
    await until(isCurrent, 60_000);
    expect(await found()).toEqual(["aur.frobnicate"]);
  });
});
