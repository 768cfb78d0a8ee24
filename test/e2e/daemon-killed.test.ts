import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeStatus } from "../../schema/wire/status.ts";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { createDaemonLab, type DaemonLab, isInForce, openOmgd } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { OMG } from "../support/omg-lab.ts";
import { killTree } from "../support/processes.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, "apt-utils");

let lab: DaemonLab;
beforeEach(async () => {
  if (HERE) lab = await createDaemonLab();
});
afterEach(() => lab?.close());

const inRoot = (name: string) => join(lab.machine.apt.root, name);
const state = () => JSON.parse(readFileSync(lab.follow.place("state", "daemon", "state.json"), "utf8"));
const hasBegun = () => {
  try {
    return readFileSync(inRoot("var/log/omg-slow"), "utf8") !== "";
  } catch {
    return false;
  }
};

describe.runIf(HERE)("an omgd that is killed", () => {
  it("leaves the apply that it began running; the next one waits for its end, and there is one at a time", async () => {
    const first = await lab.publish({ "omg-app": "2.0" });
    const omgd = lab.start();
    await omgd.hears(isInForce(first));
    const another = await lab.follow.omg("daemon", "run");
    expect([another.code, another.stderr]).toEqual([5, expect.stringContaining(`pid ${omgd.child.pid}`)]);
    const second = await lab.publish({ "omg-app": "2.1", "omg-slow": "1.0", "omg-eda": "1.0" });
    writeFileSync(inRoot("etc/omg-slow"), "8\n");
    omgd.child.kill("SIGHUP");
    await until(hasBegun, 60_000);
    await omgd.stop("SIGKILL");
    expect(state()).toMatchObject({ doing: "applying", unfinished: second });
    const next = lab.start();
    await next.hears(({ about, text }) => about === "machine" && text.startsWith("omg is at work here"));
    await next.hears(isInForce(second));
    expect(next.said.filter(({ text }) => text.startsWith("drifted"))).toEqual([]);
    expect(await lab.installed()).toMatchObject({ "omg-app": "2.1", "omg-slow": "1.0" });
    await until(() => state().doing === "waiting");
    for (const gone of ["unfinished", "underWay"]) expect(state()).not.toHaveProperty(gone);
    expect((await lab.follow.omg("audit", "verify")).code).toBe(0);
  });

  it("and one that only reports, judge the machine after an apply by hand, and not half way", async () => {
    const first = await lab.publish({ "omg-app": "2.0" });
    const omgd = lab.start();
    await omgd.hears(isInForce(first));
    lab.configure({ drift: "report", "roll-forward": "report" });
    const second = await lab.publish({ "omg-app": "2.1", "omg-slow": "1.0" });
    await lab.look(omgd);
    writeFileSync(inRoot("etc/omg-slow"), "8\n");
    const lock = lab.follow.place("state", "daemon", "trees", second, "omg.lock");
    const byHand = lab.follow.json(0, "apply", "--yes", "--lock", lock);
    await until(hasBegun, 60_000);
    await omgd.hears(({ about, text }) => about === "machine" && text.startsWith("omg is at work here"));
    expect((await lab.follow.omg("check", "--lock", lock)).code).toBe(2);
    const status = decodeStatus(readFileSync(lab.follow.place("runtime", "omg.status")));
    expect(status?.state).toBe("applying");
    await byHand;
    await omgd.hears(isInForce(second));
    expect(omgd.said.filter(({ text }) => text.startsWith("drifted"))).toEqual([]);
  });

  it("with everything that it started comes back, finishes what was cut off, and goes on", async () => {
    const commit = await lab.publish({ "omg-app": "2.0", "omg-slow": "1.0" });
    writeFileSync(inRoot("etc/omg-slow"), "30\n");
    const omgd = lab.start();
    await until(hasBegun, 60_000);
    await omgd.stop("SIGKILL");
    killApply();
    killTree(lab.machine.apt.folder);
    writeFileSync(inRoot("etc/omg-slow"), "0\n");
    const next = lab.start();
    await next.hears(isInForce(commit));
    expect(await lab.installed()).toMatchObject({ "omg-app": "2.0", "omg-slow": "1.0" });
    expect((await lab.follow.omg("audit", "verify")).code).toBe(0);
  });

  it("by SIGTERM in an apply waits until that is done, and loses nothing with its state file", async () => {
    const commit = await lab.publish({ "omg-slow": "1.0" });
    const omgd = lab.start();
    await until(hasBegun, 60_000);
    expect(await omgd.stop()).toBe(143);
    expect(await lab.installed()).toMatchObject({ "omg-slow": "1.0" });
    rmSync(lab.follow.place("state", "daemon", "state.json"));
    const next = lab.start();
    await next.hears(isInForce(commit));
  });

  it("by Ctrl-C in an apply lets that go on to its end, and the next one finds it", async () => {
    const commit = await lab.publish({ "omg-slow": "1.0" });
    const args = [OMG, "daemon", "run", "--json"];
    const { env } = lab.follow;
    // A terminal sends SIGINT to all of the group that is in its foreground.
    const omgd = openOmgd(
      spawn(process.execPath, args, { cwd: "/", env, detached: true, stdio: ["ignore", "pipe", "pipe"] }),
    );
    await until(hasBegun, 60_000);
    const ended = new Promise((done) => omgd.child.once("close", done));
    process.kill(-(omgd.child.pid ?? 0), "SIGINT");
    expect(await ended).toBe(130);
    expect(await lab.installed()).toMatchObject({ "omg-slow": "1.0" });
    const next = lab.start();
    await next.hears(isInForce(commit));
    expect((await lab.follow.omg("audit", "verify")).code).toBe(0);
  });
});

/** The apply that outlived its omgd: whoever has omg's own lock on this lab. */
function killApply(): void {
  const [pid = ""] = readFileSync(lab.follow.place("state", "writer.lock"), "utf8").split(" ");
  process.kill(Number(pid), "SIGKILL");
}
