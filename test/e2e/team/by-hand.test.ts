import { execFileSync, spawn, spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../support/apt-lab.ts";
import { GIT_NEEDS } from "../../support/git-lab.ts";
import { needs } from "../../support/needs.ts";
import { lockOf, OMG, runOmg } from "../../support/omg-lab.ts";
import { onTerminal } from "../../support/on-terminal.ts";
import { onReadOnlyDisk } from "../../support/refusal.ts";
import { createTeamLab, type Machine, type Person, type TeamLab } from "../../support/team-lab.ts";
import { until } from "../../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS);

let lab: TeamLab;
let apt: AptLab;
let alice: Person;
let machine: Machine;
beforeEach(async () => {
  if (!HERE) return;
  lab = await createTeamLab();
  apt = await createAptLab();
  alice = lab.person("alice");
  machine = lab.machine("one", apt.env);
});
afterEach(async () => {
  await apt?.dispose();
  await lab?.close();
});

async function pinned(...names: readonly string[]): Promise<string> {
  alice.write({ "omg.lock": lockOf(Object.fromEntries(names.map((name) => [name, "*"]))) });
  const lock = join(alice.clone, "omg.lock");
  expect((await runOmg(["lock", "--lock", lock], alice.clone, { ...alice.env, ...apt.env }, {})).code).toBe(0);
  return alice.read("omg.lock");
}

async function isInstalled(name: string): Promise<boolean> {
  return (await apt.installed()).get(name)?.status === "ii";
}

/** How often somebody fetched, or tried. omgd also tells the team how it is, whenever that is due. */
const fetches = () => lab.server.requests.filter((request) => request.includes("git-upload-pack")).length;

const inForce = async () =>
  ((await machine.json(0, "daemon", "status")) as { state?: { in_force?: { commit: string } } }).state?.in_force
    ?.commit;

describe.runIf(HERE)("a newer commit that somebody applies by hand, where omgd would only report it", () => {
  it("is in force from then on, and is not undone as drift", async () => {
    const trust = await lab.found(alice, await pinned("omg-script"));
    const first = alice.git("rev-parse", "HEAD");
    await machine.json(0, "team", "join", lab.server.url, "--trust", trust, "--yes");
    const config = machine.place("config", "config.toml");
    const modes = readFileSync(config, "utf8").replace(/roll-forward = .*/, 'roll-forward = "report"\ndrift = "apply"');
    const omgd = machine.start();
    try {
      await until(async () => (await inForce()) === first, 120_000);
      writeFileSync(config, `${modes}poll = 86400\n`);
      const second = alice.publish({ "omg.lock": await pinned("omg-script", "omg-eda") });
      // omgd has not seen that one yet, and says where the lock's path leads.
      expect(await machine.json(0, "team", "pull", "--yes")).toMatchObject({ outcome: "applied" });
      expect(await isInstalled("omg-eda")).toBe(true);
      await until(async () => (await inForce()) === second, 120_000);
      expect(await isInstalled("omg-eda")).toBe(true);
      // It is looked after now.
      await apt.aptOk("-oDPkg::Lock::Timeout=60", "remove", "--yes", "omg-eda");
      await until(() => isInstalled("omg-eda"), 120_000);
      expect(await inForce()).toBe(second);
      // Something that no commit says is drift as before.
      await apt.aptOk("-oDPkg::Lock::Timeout=60", "remove", "--yes", "omg-script");
      await until(() => isInstalled("omg-script"), 120_000);
      // A repository that did not answer the last time holds nothing up.
      lab.server.answerWith(503);
      await apt.aptOk("-oDPkg::Lock::Timeout=60", "remove", "--yes", "omg-script");
      await until(() => isInstalled("omg-script"), 120_000);
      const asked = fetches();
      await apt.aptOk("-oDPkg::Lock::Timeout=60", "remove", "--yes", "omg-eda");
      await until(() => isInstalled("omg-eda"), 120_000);
      expect(fetches()).toBe(asked);
    } finally {
      await omgd.stop();
    }
  }, 400_000);

  it("is the newest once it is this machine's turn, and not what was newest before", async () => {
    const trust = await lab.found(alice, await pinned("omg-script"));
    await machine.json(0, "team", "join", lab.server.url, "--trust", trust, "--yes");
    await machine.json(0, "team", "pull", "--yes");
    const daemon = (name: string) => machine.place("state", "daemon", name);
    const holder = spawn("flock", [daemon("turn.lock"), "sleep", "60"], { detached: true });
    try {
      alice.publish({ "omg.lock": await pinned("omg-script", "omg-eda") });
      const pulling = machine.json(0, "team", "pull", "--yes");
      await pause(3000);
      const newest = alice.publish({ "omg.lock": await pinned("omg-script", "omg-extra") });
      // As a look of omgd's would, which removes what nobody needs.
      await machine.json(0, "daemon", "fetch");
      process.kill(-(holder.pid ?? 0));
      expect(await pulling).toMatchObject({ outcome: "applied" });
      expect([await isInstalled("omg-eda"), await isInstalled("omg-extra")]).toEqual([false, true]);
      expect(readlinkSync(daemon("current"))).toBe(`trees/${newest}`);
    } finally {
      if (holder.exitCode === null && holder.signalCode === null) process.kill(-(holder.pid ?? 0));
    }
  }, 120_000);
});

describe.runIf(HERE)("omgd, while a pull has the turn,", () => {
  it("says that it waits for that, and then does what it was woken for", async () => {
    const trust = await lab.found(alice, await pinned("omg-script"));
    await machine.json(0, "team", "join", lab.server.url, "--trust", trust, "--yes");
    const wanted = alice.publish({ "omg.lock": await pinned("omg-script", "omg-eda") });
    const holder = spawn("flock", [machine.place("state", "daemon", "turn.lock"), "sleep", "60"], { detached: true });
    const omgd = machine.start();
    const doing = async () =>
      ((await machine.json(0, "daemon", "status")) as { state?: { doing: string } }).state?.doing;
    try {
      await until(async () => (await doing()) === "queueing", 30_000);
      const shown = (await machine.omg("daemon", "status")).stdout;
      expect(shown).toContain("omgd runs, and waits until an omg team pull has read what it pulls");
      process.kill(-(holder.pid ?? 0));
      await until(async () => (await inForce()) === wanted, 60_000);
      await until(async () => (await doing()) === "waiting", 30_000);
      expect(await isInstalled("omg-eda")).toBe(true);
    } finally {
      if (holder.exitCode === null && holder.signalCode === null) process.kill(-(holder.pid ?? 0));
      await omgd.stop();
    }
  }, 120_000);
});

describe.runIf(HERE)("what a pull asks", () => {
  it("keeps nobody waiting, and a yes is to what is newest by then", async () => {
    const trust = await lab.found(alice, await pinned("omg-script"));
    alice.publish({ "policy.toml": 'version = 1\n[packages]\ndeny = ["omg-extra"]\n' });
    await machine.json(0, "team", "join", lab.server.url, "--trust", trust, "--yes");
    await machine.json(0, "team", "pull", "--yes");
    alice.publish({ "policy.toml": "version = 1\n", "omg.lock": await pinned("omg-script", "omg-extra") });
    const turn = machine.place("state", "daemon", "turn.lock");
    const whoHasTurn = () => (spawnSync("flock", ["--nonblock", turn, "true"]).status === 0 ? "nobody" : "the pull");
    const turns: string[] = [];
    const aboutPolicy = async () => {
      turns.push(whoHasTurn());
      // Somebody else's, who says nothing of the policy: to them it is as strict as it was.
      expect(await machine.json(4, "team", "pull", "--yes")).toMatchObject({ error: { code: "refused" } });
      alice.publish({ "omg.lock": await pinned("omg-script", "omg-extra", "omg-eda") });
      return "y\n";
    };
    const aboutChanges = async () => {
      turns.push(whoHasTurn());
      return "y\n";
    };
    const { project, env } = { project: machine.place("home"), env: { ...machine.env, NO_COLOR: "1" } };
    const { code, shown } = await onTerminal({ project, env }, ["team", "pull"], [aboutPolicy, aboutChanges]);
    expect(shown).toMatch(/Accept that this policy asks for less\? .*Apply these \d+ changes\?/s);
    expect([code, ...turns]).toEqual([0, "nobody", "nobody"]);
    expect([await isInstalled("omg-extra"), await isInstalled("omg-eda")]).toEqual([true, true]);
  }, 120_000);
});

describe.runIf(HERE && needs("e2fsprogs", "util-linux", "root"))(
  "a turn that cannot be taken, because its file cannot be changed,",
  () => {
    it("is said by name, and nothing is fetched or applied, by a pull or by omgd, until it can", async () => {
      const trust = await lab.found(alice, await pinned("omg-script"));
      await machine.json(0, "team", "join", lab.server.url, "--trust", trust, "--yes");
      const turn = machine.place("state", "daemon", "turn.lock");
      const wanted = alice.publish({ "omg.lock": await pinned("omg-script", "omg-eda") });
      const asked = fetches();
      const refused = (why: string) => ({
        error: { code: "system-error", message: `${turn} could not be used: ${why}.` },
      });
      const pull = ["team", "pull", "--yes"] as const;
      await onReadOnlyDisk(machine.place("state", "daemon"), async () => {
        expect(await machine.json(1, ...pull)).toMatchObject(refused("the file system can only be read"));
      });
      const limited = ["--fsize=0", process.execPath, OMG, ...pull, "--json"];
      const { stdout } = spawnSync("prlimit", limited, {
        cwd: machine.place("home"),
        env: machine.env,
        timeout: 60_000,
      });
      expect(JSON.parse(stdout.toString())).toMatchObject(refused("no file may become that large here (ulimit -f)"));
      execFileSync("chattr", ["+i", turn]);
      const omgd = machine.start();
      try {
        expect(await machine.json(1, ...pull)).toMatchObject(refused("it is not permitted"));
        await until(() => omgd.said().includes("broke a round off") && omgd.said().includes(turn), 60_000);
        expect([fetches(), await isInstalled("omg-eda")]).toEqual([asked, false]);
        execFileSync("chattr", ["-i", turn]);
        // It would come by itself after a while.
        appendFileSync(machine.place("config", "config.toml"), "\n");
        await until(async () => (await inForce()) === wanted, 120_000);
        expect(await isInstalled("omg-eda")).toBe(true);
      } finally {
        execFileSync("chattr", ["-i", turn]);
        await omgd.stop();
      }
    }, 240_000);
  },
);
