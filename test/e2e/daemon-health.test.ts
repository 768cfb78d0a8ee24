import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { createDaemonLab, type DaemonLab, isInForce, type Said } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { isRunning } from "../support/processes.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, "apt-utils", "root");

let lab: DaemonLab;
beforeEach(async () => {
  if (!HERE) return;
  lab = await createDaemonLab();
  lab.configure({}, checks());
});
afterEach(() => lab?.close());

const isHeldOff = (commit: string) => (said: Said) =>
  said.about === "newest" &&
  said.text.startsWith(commit.slice(0, 12)) &&
  said.text.includes("was tried and is not in force");
const ask = (omgd: { child: { kill(signal: NodeJS.Signals): unknown } }) => omgd.child.kill("SIGHUP");
const flag = () => join(lab.follow.repo.folder, "unhealthy");

/** `app`: nothing of version 2.1 may be there, read by root; `who`: it runs as nobody, with nothing of root's; `flag`: a file says. */
function checks(): string {
  const status = join(lab.machine.apt.root, "var/lib/dpkg/status");
  const table = (name: string, script: string, more = "") =>
    `[daemon.health.${name}]\ncommand = ["/bin/sh", "-c", ${JSON.stringify(script)}]\nlimit = 1\n${more}`;
  return [
    table(
      "app",
      `! grep -q '^Version: 2.1$' ${status} || { echo "token=hunter2-hunter2 is bad" >&2; exit 3; }`,
      "uid = 0\n",
    ),
    table(
      "who",
      'test "$(id -u) $(id -g) $(id -G)" = "65534 65534 65534" && test -z "$OMG_STATE_DIR" && test "$PWD" = /',
    ),
    table("flag", `test ! -e ${flag()}`),
  ].join("");
}

describe.runIf(HERE)("health checks", () => {
  it("that fail after an apply take it back, and hold it off until a newer commit comes", async () => {
    const names = ["app", "who"];
    const first = await lab.publish({ "omg-app": "2.0" }, {}, names);
    let omgd = lab.start();
    await omgd.hears(isInForce(first));
    await omgd.hears(({ about, text }) => about === "health" && text === "healthy: 2 checks after the last apply");
    const second = await lab.publish({ "omg-app": "2.1" }, {}, names);
    ask(omgd);
    const { problem } = await omgd.hears(isHeldOff(second));
    expect(problem).toMatchObject({
      code: "unhealthy",
      message: "A health check fails: app.",
      details: ["app ended with 3: token=[redacted] is bad"],
      state: expect.stringContaining("The machine was taken back to system:1."),
    });
    expect(await lab.installed()).toMatchObject({ "omg-app": "2.0" });
    // Neither a person's look nor a new omgd tries it again.
    await lab.look(omgd);
    await omgd.stop();
    omgd = lab.start();
    await omgd.hears(isHeldOff(second));
    await lab.look(omgd);
    expect(await lab.installed()).toMatchObject({ "omg-app": "2.0" });
    // What is in force goes on to be looked after.
    await lab.machine.apt.dpkg("--remove", "omg-app");
    await until(async () => (await lab.installed())["omg-app"] === "2.0", 60_000);
    const third = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0" }, {}, names);
    ask(omgd);
    await omgd.hears(isInForce(third));
    expect(await lab.installed()).toMatchObject({ "omg-app": "2.0", "omg-script": "1.0" });
    expect((await lab.follow.omg("audit", "verify")).code).toBe(0);
  });

  it("that are not done within their limit are ended, with what they started, and the apply is taken back", async () => {
    const waits = ["sleep 604801", "sleep 604802"];
    const status = join(lab.machine.apt.root, "var/lib/dpkg/status");
    const script = `! grep -q '^Version: 2.1$' ${status} || { trap "" TERM; ${waits[0]} & ${waits[1]}; }`;
    const command = JSON.stringify(["/bin/sh", "-c", script]);
    lab.configure({}, `[daemon.health.hangs]\ncommand = ${command}\nuid = 0\nlimit = 3\n`);
    const first = await lab.publish({ "omg-app": "2.0" }, {}, ["hangs"]);
    const omgd = lab.start();
    await omgd.hears(isInForce(first));
    const second = await lab.publish({ "omg-app": "2.1" }, {}, ["hangs"]);
    ask(omgd);
    await until(() => waits.every(isRunning), 60_000);
    const { problem } = await omgd.hears(isHeldOff(second));
    expect(problem).toMatchObject({
      code: "unhealthy",
      details: ["hangs was not done within 3 s"],
      state: expect.stringContaining("The machine was taken back to system:1."),
    });
    expect(waits.filter(isRunning)).toEqual([]);
    expect(await lab.installed()).toMatchObject({ "omg-app": "2.0" });
  });

  it("that failed before an apply are told of, and those that a first commit brings have to hold", async () => {
    writeFileSync(flag(), "");
    const first = await lab.publish({ "omg-app": "2.0" }, {}, ["flag"]);
    const omgd = lab.start();
    await omgd.hears(isHeldOff(first));
    expect(await lab.installed()).toEqual({});
    rmSync(flag());
    const second = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0" }, {}, ["flag"]);
    ask(omgd);
    await omgd.hears(isInForce(second));
    writeFileSync(flag(), "");
    const third = await lab.publish({ "omg-app": "2.1" }, {}, ["flag"]);
    ask(omgd);
    await omgd.hears(isInForce(third));
    await omgd.hears(({ about, text }) => about === "health" && text === "unhealthy, as before the last apply: flag");
    expect(await lab.installed()).toMatchObject({ "omg-app": "2.1" });
    const { code, stdout } = await lab.follow.omg("daemon", "health", "--json");
    expect([code, JSON.parse(stdout)]).toMatchObject([1, { checks: [{ name: "flag", healthy: false }] }]);
  });

  it("that this machine does not have make a commit unusable, and a way back that is barred is said", async () => {
    const unknown = await lab.publish({ "omg-app": "2.0" }, {}, ["app", "mystery"]);
    const omgd = lab.start();
    const { problem } = await omgd.hears(
      ({ text }) => text.startsWith(unknown.slice(0, 12)) && text.endsWith("cannot be used"),
    );
    expect(problem).toMatchObject({ code: "health-unknown", message: expect.stringContaining("(mystery)") });
    expect(await lab.installed()).toEqual({});
    const first = await lab.publish({ "omg-app": "2.0" }, {}, ["app"]);
    ask(omgd);
    await omgd.hears(isInForce(first));
    writeFileSync(lab.follow.place("config", "policy.toml"), "version = 1\n[removals]\nmax = 0\n");
    const second = await lab.publish({ "omg-app": "2.1", "omg-script": "1.0" }, {}, ["app"]);
    ask(omgd);
    const stuck = await omgd.hears(isHeldOff(second));
    expect(stuck.problem).toMatchObject({
      code: "unhealthy-and-stuck",
      state: "What the commit brought may still be there.",
    });
    expect(await lab.installed()).toMatchObject({ "omg-script": "1.0" });
  });

  it("are judged, and what they condemn goes, whenever omgd is killed", async () => {
    const first = await lab.publish({ "omg-app": "2.0" }, {}, ["app"]);
    let omgd = lab.start();
    await omgd.hears(isInForce(first));
    const state = () => JSON.parse(readFileSync(lab.follow.place("state", "daemon", "state.json"), "utf8"));
    const moments = [() => state().trial?.applied === true, () => state().trial?.verdict !== undefined] as const;
    for (const [number, moment] of moments.entries()) {
      const bad = await lab.publish({ "omg-app": "2.1", ...(number === 0 ? {} : { "omg-script": "1.0" }) }, {}, [
        "app",
      ]);
      ask(omgd);
      await until(() => existsSync(lab.follow.place("state", "daemon", "state.json")) && moment(), 60_000);
      await omgd.stop("SIGKILL");
      omgd = lab.start();
      await omgd.hears(isHeldOff(bad));
      expect(await lab.installed()).toMatchObject({ "omg-app": "2.0" });
      expect(await lab.installed()).not.toHaveProperty("omg-script");
    }
  });
});
