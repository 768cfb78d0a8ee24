import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { createDaemonLab, type DaemonLab, type Omgd } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { generator, SEED } from "../support/random.ts";

// kill -9 of omgd at random instants of its rounds. `npm test` takes a sample; `npm run torture -- daemon` all.
const KILLS = process.env.OMG_TORTURE === "all" ? 200 : 4;
/** How long a round with an apply takes, about. Milliseconds. */
const ROUND = 2500;

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, "apt-utils");

/** What a commit asks for, in turns: something comes, goes, and changes in each. */
const WANTED = [
  { "omg-app": "2.1", "omg-script": "1.1" },
  { "omg-app": "2.1", "omg-eda": "1.0" },
  { "omg-script": "1.1", "omg-epoch": "1:0.5" },
] as const;
const NAMES = new Set(WANTED.flatMap((each) => Object.keys(each)));

let lab: DaemonLab;
beforeAll(async () => {
  if (HERE) lab = await createDaemonLab();
});
afterAll(() => lab?.close());

describe.runIf(HERE)("omgd, killed at random instants", () => {
  const random = generator(SEED);
  const instants = Array.from({ length: KILLS }, (_, number) => ({ number, ms: Math.round(random() * ROUND) }));
  let omgd: Omgd | undefined;

  it.each(instants)(
    `$number: after $ms ms (OMG_SEED=${SEED})`,
    async ({ number, ms }) => {
      const wanted = WANTED[number % WANTED.length] ?? {};
      const commit = await lab.publish(wanted);
      if (omgd === undefined) omgd = lab.start();
      else omgd.child.kill("SIGHUP");
      await new Promise((done) => setTimeout(done, ms));
      await omgd.stop("SIGKILL");
      omgd = lab.start();
      await omgd.hears(({ about, text }) => about === "commit" && text === `${commit.slice(0, 12)} is in force`);
      const named = Object.entries(await lab.installed()).filter(([name]) => NAMES.has(name));
      expect(Object.fromEntries(named)).toEqual(wanted);
      const { stdout } = await lab.follow.omg("daemon", "status", "--json");
      expect(JSON.parse(stdout)).toMatchObject({ running: true, pid: omgd.child.pid });
    },
    600_000,
  );

  it("leaves a log that is whole", async () => {
    expect((await lab.follow.omg("audit", "verify")).code).toBe(0);
    expect(await omgd?.stop()).toBe(143);
  });
});
