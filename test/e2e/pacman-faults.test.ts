import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";
import { NEXT } from "../support/pacman-universe.ts";
import { until } from "../support/until.ts";

describe.runIf(needs(...PACMAN_NEEDS))("when pacman is in the way, fails or dies", () => {
  let lab: PacmanOmgLab;
  beforeEach(async () => {
    lab = await createPacmanOmgLab();
  });
  afterEach(() => lab.dispose());

  const lockFile = () => join(lab.pacman.root, "var/lib/pacman/db.lck");
  /** Processes of the lab's own pacman. */
  const pacmans = (): readonly number[] =>
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
          return words[0]?.endsWith("/pacman") === true && words.some((word) => word.startsWith(lab.pacman.root));
        } catch {
          return false;
        }
      })
      .map(Number);

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

  it.each([0, 5, 15, 30, 50, 80])(
    "killed %d ms after pacman has begun to install, the next run finishes",
    async (delay) => {
      lab.want({ "omg-big": "*", "omg-app": "*", "omg-needs-editor": "*" });
      await lab.expect(0, "lock");
      await killedWhileWriting(delay);
      expect((await lab.expect(0, "apply", "--yes")).stderr).not.toContain("Still half done");
      expect(Object.keys(await lab.pacman.installed("-e"))).toEqual(["omg-app", "omg-big", "omg-needs-editor"]);
      expect(Object.keys(await lab.pacman.installed("-d"))).toEqual(["omg-base", "omg-eda", "omg-lib"]);
      expect((await lab.pacman.pacman("-Qk")).code).toBe(0);
      expect(existsSync(lockFile())).toBe(false);
      expect(await lab.plan()).toEqual([]);
    },
  );

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
    for (const pid of pacmans()) process.kill(pid, "SIGKILL");
    await running;
    await until(() => pacmans().length === 0);
  }
});
