import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import type { OmgRun } from "../support/omg-lab.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";
import { NEXT, PACMAN_UNIVERSE } from "../support/pacman-universe.ts";
import { killTree, waitForEnd } from "../support/processes.ts";
import { generator, SEED } from "../support/random.ts";
import { until } from "../support/until.ts";

// SIGTERM and SIGKILL at random instants of pacman's transaction: both its own and omg's. `npm run torture -- pacman` does 60.
const ROUNDS = process.env.OMG_TORTURE === "all" ? 60 : 8;
/** Who dies: pacman alone, so that omg has to say what came of it; omg alone, while pacman goes on; or both, as in a power cut. */
const VICTIMS = ["pacman", "omg", "both"] as const;

const APPLY = ["apply", "--yes", "--allow-downgrades"];
const OLD = { "omg-app": "2.0-1", "omg-base": "1.0-1", "omg-big": "1.0-1", "omg-eda": "1.0-1", "omg-lib": "1.0-1" };
const NEW = {
  "omg-app": "2.1-1",
  "omg-base": "1.0-1",
  "omg-big": "1.1-1",
  "omg-lib": "1.1-1",
  "omg-script": "1:0.9-1",
};

describe.runIf(needs(...PACMAN_NEEDS))("pacman, cut off in the middle", () => {
  let lab: PacmanOmgLab;
  /** Locks with their pins, and what a machine has that is equal to them. */
  let goals: readonly { readonly lock: string; readonly versions: Readonly<Record<string, string>> }[];
  beforeAll(async () => {
    lab = await createPacmanOmgLab();
    const foreign = PACMAN_UNIVERSE.filter(({ repo }) => repo === "none");
    for (const spec of foreign) await lab.pacman.pacmanOk("-U", await lab.pacman.repos.copyTo(lab.pacman.folder, spec));
    lab.want({ "omg-app": "*", "omg-big": "*", "omg-eda": "*" });
    await lab.expect(0, "lock");
    const old = lab.readLock();
    await lab.expect(0, "apply", "--yes");
    writeFileSync(join(lab.pacman.root, "etc/omg-app.conf"), "mine\n");
    await lab.pacman.offer(NEXT);
    await lab.expect(0, "update", "--no-apply");
    lab.want({ "omg-app": "*", "omg-big": "*", "omg-script": "*" });
    await lab.expect(0, "lock");
    goals = [
      { lock: old, versions: OLD },
      { lock: lab.readLock(), versions: NEW },
    ];
  });
  afterAll(() => lab.dispose());

  const log = () => readFileSync(join(lab.pacman.root, "var/log/pacman.log"), "utf8");
  const begun = () => log().split("transaction started").length;
  const towards = (index: number) => {
    const goal = goals[index % 2] as (typeof goals)[number];
    writeFileSync(join(lab.project, "omg.lock"), goal.lock);
    return goal;
  };

  /** How long pacman takes where nobody is in its way. Milliseconds. */
  async function undisturbed(): Promise<number> {
    const before = begun();
    const running = lab.omg(APPLY);
    await until(() => begun() > before);
    const started = performance.now();
    expect((await running).code).toBe(0);
    return performance.now() - started;
  }

  async function cutOff(delay: number, signal: NodeJS.Signals, who: (typeof VICTIMS)[number]): Promise<OmgRun> {
    const before = begun();
    let omg: { kill(signal: NodeJS.Signals): boolean } | undefined;
    const running = lab.omg(APPLY, { onStart: (child) => (omg = child) });
    await until(() => begun() > before);
    await sleep(delay);
    if (who !== "pacman") omg?.kill(signal);
    if (who !== "omg") killTree(lab.pacman.root, signal);
    const ran = await running;
    await waitForEnd(lab.pacman.root);
    return ran;
  }

  async function expectWhole(versions: Readonly<Record<string, string>>, what: string): Promise<void> {
    expect(await lab.pacman.installed(), what).toEqual({ ...versions, "omg-foreign": "1.0-1" });
    const asked = Object.keys(versions).filter((name) => !["omg-base", "omg-lib"].includes(name));
    expect(Object.keys(await lab.pacman.installed("-e")), what).toEqual([...asked, "omg-foreign"].sort());
    expect(await lab.pacman.pacman("-Qk"), what).toMatchObject({ code: 0 });
    expect(existsSync(join(lab.pacman.root, "var/lib/pacman/db.lck")), what).toBe(false);
    expect(readFileSync(join(lab.pacman.root, "etc/omg-app.conf"), "utf8"), what).toBe("mine\n");
  }

  it(
    `${ROUNDS} times, the next run finishes (seed ${SEED})`,
    async () => {
      const random = generator(SEED);
      towards(1);
      const usual = await undisturbed();
      for (let round = 0; round < ROUNDS; round += 1) {
        const { versions } = towards(round);
        const delay = Math.floor(random() * usual);
        const who = VICTIMS[Math.floor(random() * VICTIMS.length)] ?? "both";
        const signal = round % 2 === 0 ? "SIGKILL" : "SIGTERM";
        const what = `seed ${SEED}, round ${round}: ${signal} for ${who} after ${delay} ms`;
        const cut = await cutOff(delay, signal, who);
        // Success is only said where all of it is true, whatever pacman's exit code was.
        if (cut.code === 0) await expectWhole(versions, what);
        const next = await lab.omg(APPLY);
        expect(next, what).toMatchObject({ code: 0 });
        await expectWhole(versions, what);
        expect(await lab.plan("--allow-downgrades"), what).toEqual([]);
      }
    },
    120_000 + ROUNDS * 30_000,
  );
});
