import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";
import { NEXT } from "../support/pacman-universe.ts";
import { killTree } from "../support/processes.ts";
import { until } from "../support/until.ts";

describe.runIf(needs(...PACMAN_NEEDS))("when pacman is in the way, fails or dies", () => {
  let lab: PacmanOmgLab;
  beforeEach(async () => {
    lab = await createPacmanOmgLab();
  });
  afterEach(() => lab.dispose());

  const lockFile = () => join(lab.pacman.root, "var/lib/pacman/db.lck");
  it("waits for nobody: another package manager at work ends the run as busy", async () => {
    lab.want({ "omg-base": "*" });
    await lab.expect(0, "lock");
    const holder = spawn("/bin/sh", ["-c", 'exec 9>"$1"; echo ready; exec sleep 60', "holder", lockFile()]);
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    const { stderr } = await lab.expect(5, "apply", "--yes");
    expect(stderr).toContain(`process ${holder.pid}`);
    holder.kill();
    await new Promise((resolve) => holder.once("close", resolve));
  });

  it("names a lock that a run of somebody else left, and `omg doctor --fix` removes it", async () => {
    lab.want({ "omg-base": "*" });
    await lab.expect(0, "lock");
    writeFileSync(lockFile(), "");
    expect((await lab.expect(1, "apply", "--yes")).stderr).toContain("db.lck");
    expect((await lab.omg(["doctor"])).stdout).toContain("db.lck");
    await lab.omg(["doctor", "--fix"]);
    expect(existsSync(lockFile())).toBe(false);
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toEqual({ "omg-base": "1.0-1" });
  });

  it("tells of a script that failed, which pacman takes for no failure", async () => {
    lab.want({ "omg-failing": "*" });
    await lab.expect(0, "lock");
    expect((await lab.expect(0, "apply", "--yes")).stderr).toContain("A script of a package, or a hook, failed");
  });

  it("changes nothing where files of two packages clash", async () => {
    await lab.pacman.pacmanOk("-S", "omg-base");
    lab.want({ "omg-base": "*", "omg-clash": "*" });
    await lab.expect(0, "lock");
    const { stderr } = await lab.expect(1, "apply", "--yes");
    expect(stderr).toContain("usr/share/omg-base/version exists in filesystem");
    expect(stderr).toContain("Nothing was changed.");
    expect(await lab.pacman.installed()).toEqual({ "omg-base": "1.0-1" });
  });

  it("waits for no pacman either: one that holds the lock is named, and what it does is left alone", async () => {
    lab.want({ "omg-base": "*" });
    await lab.expect(0, "lock");
    const other = lab.pacman.pacman("-S", "omg-slow");
    await until(() => existsSync(join(lab.pacman.root, "var/log/omg-slow")));
    expect((await lab.expect(5, "apply", "--yes")).stderr).toMatch(/pacman \(process \d+\)/);
    expect((await other).code).toBe(0);
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toEqual({ "omg-base": "1.0-1", "omg-slow": "1.0-1" });
  });

  it("a disk that is full says so, and once there is space the next run finishes", async () => {
    await lab.pacman.pacmanOk("-S", "omg-app");
    lab.want({ "omg-app": "*", "omg-big": "*" });
    await lab.expect(0, "lock");
    const full = join(lab.pacman.root, "usr/share/omg-big");
    mkdirSync(full);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "omg-test", full]);
    try {
      const { stderr } = await lab.expect(6, "apply", "--yes");
      expect(stderr).toContain("could not extract");
      expect(stderr).toContain("0 of 1 steps are done. Files of pacman.omg-big are missing or have other bytes.");
      expect((await lab.omg(["check"])).code).toBe(2);
      execFileSync("mount", ["-o", "remount,size=64m", full]);
      await lab.expect(0, "apply", "--yes");
      expect(await lab.pacman.pacman("-Qk")).toMatchObject({ code: 0 });
      expect(await lab.plan()).toEqual([]);
    } finally {
      execFileSync("umount", [full]);
    }
  });

  it("a mirror that fails half-way leaves the machine as it is; what had come is gone on with", async () => {
    const server = await lab.pacman.serve();
    lab.want({ "omg-app": "*", "omg-big": "*" });
    await lab.expect(0, "lock");
    server.fail({ match: /omg-lib.*zst$/, kind: "error" }, { match: /omg-big.*zst$/, kind: "truncate" });
    const { stderr } = await lab.expect(8, "apply", "--yes");
    expect(stderr).toContain("omg-lib");
    expect(stderr).toContain("omg-big");
    expect(stderr).toContain("Nothing was changed.");
    expect(await lab.pacman.installed()).toEqual({});
    server.fail();
    const asked = server.ranges.length;
    await lab.expect(0, "apply", "--yes");
    const again = server.ranges.slice(asked);
    expect(again.some((each) => /omg-big\S* bytes=\d+-/.test(each))).toBe(true);
    expect(again.some((each) => each.includes("omg-app"))).toBe(false);
    expect(Object.keys(await lab.pacman.installed())).toEqual(["omg-app", "omg-base", "omg-big", "omg-lib"]);
  });

  it.each([0, 30, 80])("killed %d ms after pacman has begun to install, the next run finishes", async (delay) => {
    lab.want({ "omg-big": "*", "omg-app": "*", "omg-needs-editor": "*" });
    await lab.expect(0, "lock");
    await killedWhileWriting(delay);
    expect((await lab.expect(0, "apply", "--yes")).stderr).not.toContain("Still half done");
    expect(Object.keys(await lab.pacman.installed("-e"))).toEqual(["omg-app", "omg-big", "omg-needs-editor"]);
    expect(Object.keys(await lab.pacman.installed("-d"))).toEqual(["omg-base", "omg-eda", "omg-lib"]);
    expect((await lab.pacman.pacman("-Qk")).code).toBe(0);
    expect(existsSync(lockFile())).toBe(false);
    expect(await lab.plan()).toEqual([]);
  });

  it("killed in the middle of an upgrade, the next run finishes it and keeps the reasons", async () => {
    lab.want({ "omg-app": "*" });
    await lab.pacman.pacmanOk("-S", "omg-app", "omg-big");
    await lab.pacman.pacmanOk("-D", "--asdeps", "omg-big");
    lab.want({ "omg-app": "*", "omg-big": "*" });
    await lab.expect(0, "lock");
    await lab.pacman.offer(NEXT);
    await lab.expect(0, "update", "--no-apply");
    await killedWhileWriting(20);
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toMatchObject({ "omg-app": "2.1-1", "omg-big": "1.1-1", "omg-lib": "1.1-1" });
    expect(Object.keys(await lab.pacman.installed("-d"))).toEqual(["omg-base", "omg-big", "omg-lib"]);
    expect((await lab.pacman.pacman("-Qk")).code).toBe(0);
  });

  /** Starts an apply, and kills omg and its pacman when files of omg-big are being written. */
  async function killedWhileWriting(delay: number): Promise<void> {
    const started = Date.now() / 1000;
    let kill = (): void => undefined;
    const running = lab.omg(["apply", "--yes"], { onStart: (child) => (kill = () => child.kill("SIGKILL")) });
    const begun = () =>
      readFileSync(join(lab.pacman.root, "var/log/pacman.log"), "utf8")
        .split("\n")
        .some(
          (line) => line.includes("transaction started") && Date.parse(line.slice(1, 25)) / 1000 >= Math.floor(started),
        );
    await until(() => begun());
    await sleep(delay);
    kill();
    killTree(lab.pacman.root);
    await running;
  }
});
